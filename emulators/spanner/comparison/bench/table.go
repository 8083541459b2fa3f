package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/kwipper/kwipper/emulators/spanner/comparison/servers"
)

// better says which way a figure is better.
type better int

const (
	higher better = iota
	lower
)

// table holds the measured values of each load for each contestant.
type table struct {
	unit  string
	cs    []*contestant
	loads []string
	cells map[string]*cell
}

type cell struct {
	values    []float64
	processor []float64 // of the server, microseconds an operation
	failure   string
}

func newTable(unit string, cs []*contestant) *table {
	return &table{unit: unit, cs: cs, cells: map[string]*cell{}}
}

func (t *table) cell(c *contestant, load string) *cell {
	if !slices.Contains(t.loads, load) {
		t.loads = append(t.loads, load)
	}
	key := c.label + "\x00" + load
	if t.cells[key] == nil {
		t.cells[key] = &cell{}
	}
	return t.cells[key]
}

// add notes a measured value, and the processor time of the server for an
// operation in microseconds if it was measured.
func (t *table) add(c *contestant, load string, value, processorMicros float64) {
	cell := t.cell(c, load)
	cell.values = append(cell.values, value)
	if processorMicros > 0 {
		cell.processor = append(cell.processor, processorMicros)
	}
}

func (t *table) fail(c *contestant, load string, err error) {
	cell := t.cell(c, load)
	if cell.failure == "" {
		cell.failure = strings.Join(strings.Fields(err.Error()), " ")
	}
}

func (t *table) print(title string, way better) {
	fmt.Printf("### %s\n\n", title)
	var base *contestant
	for _, c := range t.cs {
		if c.server == servers.Handy {
			base = c
		}
	}
	head := []string{t.unit}
	for _, c := range t.cs {
		head = append(head, c.label)
	}
	if base != nil {
		head = append(head, "memory : handy", "durable : handy")
	}
	printLine(head)
	printLine(slices.Repeat([]string{"---"}, len(head)))
	var failures []string
	for _, load := range t.loads {
		line := []string{load}
		for _, c := range t.cs {
			cell := t.cell(c, load)
			line = append(line, cell.String())
			if cell.failure != "" {
				failures = append(failures, fmt.Sprintf("- %s, %s: %s", c.label, load, cell.failure))
			}
		}
		if base != nil {
			line = append(line, t.ratio(t.cs[0], base, load, way), t.ratio(t.cs[1], base, load, way))
		}
		printLine(line)
	}
	fmt.Println()
	if len(failures) > 0 {
		fmt.Printf("Failures:\n\n%s\n\n", strings.Join(failures, "\n"))
	}
}

// ratio says how many times better a contestant is than another.
func (t *table) ratio(c, base *contestant, load string, way better) string {
	a, b := median(t.cell(c, load).values), median(t.cell(base, load).values)
	if way == lower {
		a, b = b, a
	}
	if a == 0 || b == 0 {
		return ""
	}
	return fmt.Sprintf("%.2g", a/b)
}

func (c *cell) String() string {
	if len(c.values) == 0 {
		if c.failure != "" {
			return "failed"
		}
		return ""
	}
	s := number(median(c.values))
	if len(c.processor) > 0 {
		s += fmt.Sprintf(" (%s µs)", number(median(c.processor)))
	}
	if c.failure != "" {
		s += " *"
	}
	return s
}

func number(v float64) string {
	if v >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

func printLine(cells []string) { fmt.Printf("| %s |\n", strings.Join(cells, " | ")) }

func printMachine(p plan) {
	load, _ := os.ReadFile("/proc/loadavg") // not everywhere
	fmt.Printf("%s, %d processors, %s/%s, %s; load of the machine before: %s\n", runtime.Version(), runtime.NumCPU(),
		runtime.GOOS, runtime.GOARCH, time.Now().UTC().Format("2006-01-02 15:04 UTC"), strings.Join(strings.Fields(string(load)), " "))
	fmt.Printf("Medians of %d rounds, taken in turns; %.1f s a round of each load. Servers are processes of their own, the\n", p.rounds, p.loadSeconds)
	fmt.Printf("load generator another on the same machine. In brackets: the server's processor time for one operation.\n\n")
}
