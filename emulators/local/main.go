// Command local runs Kwipper whole on this machine: all functions and all emulators in one
// process, on loopback, with nothing installed but Go.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/kwipper/kwipper/emulators/local/control"
	"github.com/kwipper/kwipper/emulators/local/stack"
	"github.com/kwipper/kwipper/emulators/local/traces"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "local:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("local", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), "Runs Kwipper whole on this machine, on loopback.\n\n  go run ./emulators/local [flags]\n\n")
		flags.PrintDefaults()
	}
	offset := flags.Int("port-offset", 0, "move all ports by `N`")
	data := flags.String("data", "", "keep everything in `DIR`; a stack killed with -9 continues there (default: in memory)")
	readyFile := flags.String("ready-file", "", "write the status as JSON to `FILE` once ready")
	empty := flags.Bool("empty", false, "begin without sample users and courses")
	scans := flags.Bool("allow-full-scans", false, "let statements scan whole tables")
	record := flags.Bool("traces", true, "remember recent traces and show them at /traces of the console")
	verbose := flags.Bool("verbose", false, "log each request and event")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	level := slog.LevelWarn
	if *verbose {
		level = slog.LevelInfo
	}
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})))
	options := stack.Options{
		Ports: stack.DefaultPorts(*offset), DataDir: *data, Sample: !*empty, AllowFullScans: *scans, Console: control.New,
	}
	if *record {
		options.Traces = traces.New()
	}
	s, err := stack.Start(ctx, options)
	if err != nil {
		return err
	}
	if err := announce(s, *readyFile); err != nil {
		return errors.Join(err, s.Close())
	}
	<-ctx.Done()
	return s.Close()
}
