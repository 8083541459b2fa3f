package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
)

// table is what is printed.
type table struct {
	packages []pack
	since    string            // a revision, empty if none was asked for
	before   map[string]string // the hashes then, by name
	all      bool              // packages has all functions that there are
	binaries map[string]binary // nil if they were not built
}

// How a function stands to what it was.
const (
	unchanged = "-"
	changed   = "changed"
	added     = "new"
	removed   = "removed"
)

// changes says of each function how it stands to what it was.
func (t table) changes() map[string]string {
	changes := map[string]string{}
	if t.all {
		for name := range t.before {
			changes[name] = removed
		}
	}
	for _, p := range t.packages {
		before, existed := t.before[p.Name]
		switch {
		case !existed:
			changes[p.Name] = added
		case before == p.Hash:
			changes[p.Name] = unchanged
		default:
			changes[p.Name] = changed
		}
	}
	return changes
}

func (t table) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	head := "FUNCTION\tTRIGGER\tHASH\tZIP"
	if t.binaries != nil {
		head += "\tBINARY\tCOLD START"
	}
	if t.since != "" {
		head += "\tSINCE " + t.since
	}
	fmt.Fprintln(w, head)
	changes := t.changes()
	for _, p := range t.packages {
		fmt.Fprintf(w, "%s\t%s\t%s\t%.0f KB", p.Name, p.Trigger, p.Hash[:12], float64(p.ZipSizeBytes)/1e3)
		if b, ok := t.binaries[p.Name]; ok {
			fmt.Fprintf(w, "\t%.1f MB\t%.1f ms", float64(b.sizeBytes)/1e6, float64(b.coldStart.Microseconds())/1e3)
		}
		if t.since != "" {
			fmt.Fprintf(w, "\t%s", changes[p.Name])
		}
		fmt.Fprintln(w)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	t.sum(out, changes)
	return nil
}

// sum prints the totals, and who has gone.
func (t table) sum(out io.Writer, changes map[string]string) {
	bytes, counts := 0, map[string]int{}
	for _, p := range t.packages {
		bytes += p.ZipSizeBytes
	}
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		counts[changes[name]]++
		if changes[name] == removed {
			fmt.Fprintf(out, "%s is removed\n", name)
		}
	}
	fmt.Fprintf(out, "%d functions, %.1f MB", len(t.packages), float64(bytes)/1e6)
	if t.since != "" {
		fmt.Fprintf(out, "; since %s: %d changed, %d new, %d removed", t.since, counts[changed], counts[added], counts[removed])
	}
	fmt.Fprintln(out)
}
