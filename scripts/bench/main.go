// Command bench measures Kwipper on this machine: it runs the local stack with durable
// storage, plays load against it through the HTTP API and prints tables in Markdown. What
// it found is kept in docs/performance.md. Figures that are compared come from one run.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/pprof"
	"slices"
	"strings"
	"syscall"
	"time"
)

// benches are what can be measured, in the order of the report.
var benches = []struct {
	name, what string
	run        func(*bench, context.Context) error
}{
	{"cost", "Spanner round trips, commits and rows, and messages, of each operation", (*bench).cost},
	{"sagas", "subscribe sagas a second beside the ceiling that the emulated Spanner sets", (*bench).sagas},
	{"hot", "one course subscribed to by everybody beside many courses", (*bench).hotCourse},
	{"sign", "SignContents beside a bare loop of RSA-2048 signatures", (*bench).sign},
	{"coldstart", "start, size and memory of function binaries beside an empty function", (*bench).coldStart},
	{"recovery", "20 sagas in flight, kill -9, restart", (*bench).recovery},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	b := &bench{}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), "Measures Kwipper on this machine and prints tables.\n\n  go run ./scripts/bench [flags]\n\n")
		for _, each := range benches {
			fmt.Fprintf(flags.Output(), "  %-10s %s\n", each.name, each.what)
		}
		fmt.Fprintln(flags.Output())
		flags.PrintDefaults()
	}
	only := flags.String("only", "", "run only the benches with these `names`, separated by commas")
	seconds := flags.Int("seconds", 10, "length of each measurement under load, in seconds")
	flags.BoolVar(&b.allFunctions, "all", false, "cold starts of all functions instead of a few")
	profile := flags.String("profile", "", "write a CPU profile of sagas at concurrency 16 to `FILE`")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	b.length = time.Duration(*seconds) * time.Second
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	if *profile != "" {
		file, err := os.Create(*profile)
		if err != nil {
			return err
		}
		defer file.Close()
		b.startProfile = func() error { return pprof.StartCPUProfile(file) }
	}
	return b.runAll(ctx, *only)
}

func (b *bench) runAll(ctx context.Context, only string) (err error) {
	var names []string
	for _, each := range benches {
		names = append(names, each.name)
	}
	chosen := names
	if only != "" {
		chosen = strings.Split(only, ",")
	}
	for _, name := range chosen {
		if !slices.Contains(names, name) {
			return fmt.Errorf("there is no bench %q; there are %s", name, strings.Join(names, ", "))
		}
	}
	if b.dir, err = os.MkdirTemp("", "kwipper-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close(), os.RemoveAll(b.dir)) }()
	printMachine()
	if err := b.start(ctx); err != nil {
		return err
	}
	for _, each := range benches {
		if slices.Contains(chosen, each.name) {
			if err := each.run(b, ctx); err != nil {
				return fmt.Errorf("%s: %w", each.name, err)
			}
		}
	}
	return nil
}
