// Command bench measures emulators of Spanner side by side. See scripts/bench-spanner.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/kwipper/kwipper/emulators/spanner/comparison/servers"
)

// plan says how much is measured.
type plan struct {
	rounds       int
	loadSeconds  float64
	scanRows     int
	millionRows  int
	createdCount int
	only         []string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	p := plan{rounds: 5, loadSeconds: 2, scanRows: 50_000, millionRows: 1_000_000, createdCount: 30}
	short := flag.Bool("short", false, "fewer and shorter rounds, and 100,000 rows in place of a million")
	only := flag.String("only", "", "comma-separated: start, loads, million")
	ours := flag.Bool("ours", false, "measure ours alone")
	flag.Parse()
	if *short {
		p.rounds, p.loadSeconds, p.millionRows, p.createdCount = 3, 0.5, 100_000, 10
	}
	if *only != "" {
		p.only = strings.Split(*only, ",")
	}
	dir, err := os.MkdirTemp("", "bench-spanner")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binaries, err := servers.Build(ctx, dir)
	if err != nil {
		return err
	}
	cs := contestants(binaries, dir, *ours)
	printMachine(p)
	for _, part := range []struct {
		name    string
		measure func(ctx context.Context, b *servers.Binaries, cs []*contestant, p plan) error
	}{{"start", measureStart}, {"loads", measureLoads}, {"million", measureMillion}} {
		if len(p.only) > 0 && !slices.Contains(p.only, part.name) {
			continue
		}
		if err := part.measure(ctx, binaries, cs, p); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

// contestant is one emulator in one configuration.
type contestant struct {
	label   string
	server  string
	durable bool
	dir     string
}

func contestants(b *servers.Binaries, dir string, oursAlone bool) []*contestant {
	cs := []*contestant{
		{label: "ours, memory", server: servers.Ours},
		{label: "ours, durable", server: servers.Ours, durable: true, dir: filepath.Join(dir, "data")},
	}
	if oursAlone {
		return cs
	}
	for _, name := range []string{servers.Handy, servers.Spannertest} {
		if reason := b.Missing(name); reason != "" {
			fmt.Printf("left out: %s\n\n", reason)
			continue
		}
		cs = append(cs, &contestant{label: name, server: name})
	}
	return cs
}

// start starts a contestant without data.
func (c *contestant) start(b *servers.Binaries) (*servers.Process, error) {
	if c.durable {
		if err := os.RemoveAll(c.dir); err != nil {
			return nil, err
		}
	}
	return b.Start(c.server, c.dir)
}

// measureStart takes the time from exec to the first answer, and that of making
// a database.
func measureStart(ctx context.Context, b *servers.Binaries, cs []*contestant, p plan) error {
	starts, creations := newTable("ms", cs), newTable("ms", cs)
	for range p.rounds {
		for _, c := range cs {
			began := time.Now()
			process, err := c.start(b)
			if err != nil {
				return err
			}
			admin, err := process.Admin(ctx)
			if err == nil {
				err = answer(ctx, admin)
			}
			if err != nil {
				process.Kill()
				return fmt.Errorf("%s: %w", c.label, err)
			}
			starts.add(c, "start, empty, to the first answer", time.Since(began).Seconds()*1000, 0)
			if err := create(ctx, process, admin, p.createdCount, func(ms float64) {
				creations.add(c, "database with three tables and an index", ms, 0)
			}); err != nil {
				creations.fail(c, "database with three tables and an index", err)
			}
			admin.Close()
			process.Kill()
		}
	}
	starts.print("Start (lower is better)", lower)
	creations.print("A database of its own, through the API (lower is better)", lower)
	return nil
}
