package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/kwipper/kwipper/emulators/spanner/comparison/servers"
)

// loadLimit is how long the load of a million rows may take.
const loadLimit = 10 * time.Minute

// measureMillion loads a million rows, one emulator after another so that none
// takes memory from another, and starts again with them what keeps them.
func measureMillion(ctx context.Context, b *servers.Binaries, cs []*contestant, p plan) error {
	rates, weights := newTable("rows a second", cs), newTable("bytes", cs)
	restarts := newTable("ms", cs)
	for _, c := range cs {
		fmt.Fprintf(os.Stderr, "%s, %s\n", loadName(p), c.label)
		if err := million(ctx, b, c, p.millionRows, loadName(p), rates, weights, restarts); err != nil {
			rates.fail(c, loadName(p), err)
		}
	}
	rates.print("Bulk load by mutations, 1,000 rows a commit (higher is better)", higher)
	weights.print("Weight of a row, 45 bytes of content (lower is better)", lower)
	restarts.print("Restart after kill -9 (lower is better)", lower)
	return nil
}

func loadName(p plan) string { return fmt.Sprintf("load of %d rows", p.millionRows) }

func million(ctx context.Context, b *servers.Binaries, c *contestant, rows int, name string, rates, weights, restarts *table) error {
	e, err := open(ctx, b, c)
	if err != nil {
		return err
	}
	defer func() { e.process.Kill() }()
	empty, processor, began := e.process.ResidentBytes(), e.process.ProcessorTime(), time.Now()
	err = servers.Within(ctx, loadLimit, func(ctx context.Context) error { return fill(ctx, e, rows) })
	if err != nil && e.process.Exited() {
		return fmt.Errorf("the server is gone: %s", e.process.Crash())
	}
	if err != nil {
		return fmt.Errorf("after %d rows: %w", e.rows, err)
	}
	rates.add(c, name, float64(rows)/time.Since(began).Seconds(), float64((e.process.ProcessorTime()-processor).Microseconds())/float64(rows))
	weights.add(c, "resident memory after the load, a row", float64(e.process.ResidentBytes()-empty)/float64(rows), 0)
	if c.durable {
		return restart(ctx, b, e, rows, weights, restarts)
	}
	return nil
}

// restart kills a durable emulator, starts it again, and takes the time to its
// first answer.
func restart(ctx context.Context, b *servers.Binaries, e *entry, rows int, weights, restarts *table) error {
	database := e.clients[0].DatabaseName()
	for _, client := range e.clients {
		client.Close()
	}
	e.process.Kill()
	disk, err := diskBytes(e.dir)
	if err != nil {
		return err
	}
	weights.add(e.contestant, "disk, a row", float64(disk)/float64(rows), 0)
	began := time.Now()
	if e.process, err = b.Start(e.server, e.dir); err != nil {
		return err
	}
	client, err := e.process.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := checkLast(ctx, client, int64(rows-1)); err != nil {
		return err
	}
	restarts.add(e.contestant, fmt.Sprintf("to the first row read of %d", rows), time.Since(began).Seconds()*1000, 0)
	weights.add(e.contestant, "resident memory after the restart, a row", float64(e.process.ResidentBytes())/float64(rows), 0)
	e.clients = []*spanner.Client{client}
	if got, err := scanSum(ctx, e); err != nil || got != int64(rows) {
		return fmt.Errorf("%d rows after the restart of %d: %w", got, rows, err)
	}
	return nil
}

func checkLast(ctx context.Context, client *spanner.Client, id int64) error {
	row, err := client.Single().ReadRow(ctx, "Users", spanner.Key{id}, userColumns)
	return checkUser(row, id, err)
}

func diskBytes(dir string) (total int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	return total, err
}
