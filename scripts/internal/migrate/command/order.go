package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/kwipper/kwipper/scripts/internal/migrate"
)

// on does what is asked for to one database.
func (o *order) on(ctx context.Context, database, name string, out io.Writer) (err error) {
	d, err := migrate.Open(ctx, database, migrate.Databases()[name])
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	switch o.command {
	case "apply":
		return o.runner.Apply(ctx, d)
	case "baseline":
		return o.runner.Baseline(ctx, d, o.version)
	}
	p, err := o.runner.Plan(ctx, d)
	if o.command == "plan" {
		if err != nil {
			return err
		}
		printPlan(out, name, p)
		return nil
	}
	if p.All == nil { // what is there cannot be told
		return err
	}
	printStatus(out, name, p)
	return nil
}

func printPlan(out io.Writer, name string, p migrate.Plan) {
	if len(p.Now) == 0 {
		fmt.Fprintf(out, "%-13s nothing to do\n", name)
	}
	for _, s := range p.Now {
		fmt.Fprintf(out, "%-13s %s (%s), %s\n", name, s.Name, s.Kind, s.State)
		for i, statement := range s.Statements {
			done := "  "
			if i < int(s.Record.StatementsDone) {
				done = "done: "
			}
			fmt.Fprintf(out, "    %s%s;\n", done, strings.ReplaceAll(statement, "\n", "\n      "))
		}
	}
	for _, s := range p.Later {
		fmt.Fprintf(out, "%-13s %s left for --contract\n", name, s.Name)
	}
}

func printStatus(out io.Writer, name string, p migrate.Plan) {
	for _, s := range p.All {
		line := fmt.Sprintf("%-13s %-32s %-9s %-9s", name, s.Name, s.Kind, s.State)
		switch s.State {
		case migrate.Applied, migrate.Baseline:
			line += s.Record.FinishTime.Time.UTC().Format(time.RFC3339) + " by " + s.Record.Holder
		case migrate.Running:
			line += "since " + s.Record.StartTime.UTC().Format(time.RFC3339) + ", operation " + s.Record.OperationId
		case migrate.Failed:
			line += fmt.Sprintf("after %d of %d statements: %s", s.Record.StatementsDone, len(s.Statements), s.Record.Error)
		}
		fmt.Fprintln(out, strings.TrimRight(line, " "))
	}
	if p.Lease != nil {
		fmt.Fprintf(out, "%-13s %v\n", name, p.Lease)
	}
}
