package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// table prints a heading and a table in Markdown.
func table(title string, head []string, rows [][]string) {
	fmt.Printf("\n## %s\n\n| %s |\n|%s\n", title, strings.Join(head, " | "), strings.Repeat(" --- |", len(head)))
	for _, row := range rows {
		fmt.Printf("| %s |\n", strings.Join(row, " | "))
	}
}

func printMachine() {
	fmt.Printf("%s, %d processors, %s memory, %s/%s, %s\n", runtime.Version(), runtime.NumCPU(), memory(),
		runtime.GOOS, runtime.GOARCH, time.Now().UTC().Format("2006-01-02 15:04 UTC"))
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		fmt.Println("load of the machine before: " + strings.Join(strings.Fields(string(load))[:3], " "))
	}
}

// memory is what the machine has, where the system says so.
func memory() string {
	kilobytes, ok := procField("/proc/meminfo", "MemTotal:")
	if !ok {
		return "unknown"
	}
	return fmt.Sprintf("%.0f GB", float64(kilobytes)/(1<<20))
}

// procField reads a number of kilobytes from a file of Linux's /proc.
func procField(file, field string) (kilobytes int64, ok bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, field); found {
			_, err := fmt.Sscanf(rest, "%d kB", &kilobytes)
			return kilobytes, err == nil
		}
	}
	return 0, false
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
}

func number(f float64) string {
	if f >= 100 {
		return fmt.Sprintf("%.0f", f)
	}
	return fmt.Sprintf("%.1f", f)
}

// quantile returns the q-th quantile of durations, zero of none.
func quantile(durations []time.Duration, q float64) time.Duration {
	if len(durations) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(durations))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

// scheduled returns how long the threads of this process have run, and how long they waited
// for a processor that others had. Both are zero where the system does not say.
func scheduled() (ran, waited time.Duration) {
	files, _ := filepath.Glob("/proc/self/task/*/schedstat") // the pattern is well formed
	for _, file := range files {
		text, err := os.ReadFile(file)
		var r, w int64
		if err != nil { // the thread has ended
			continue
		}
		if _, err := fmt.Sscan(string(text), &r, &w); err == nil {
			ran, waited = ran+time.Duration(r), waited+time.Duration(w)
		}
	}
	return ran, waited
}
