package migrate

import (
	"fmt"
	"strings"

	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

// Step is a migration and how far it is in a database.
type Step struct {
	spannerdb.Migration
	State  State
	Record Record // if it is not pending
}

// left returns the statements that are not known to be done.
func (s Step) left() []string { return s.Statements[s.Record.StatementsDone:] }

// steps holds what the code says against what the database says, and refuses what does
// not fit.
func steps(migrations []spannerdb.Migration, f found) ([]Step, error) {
	if len(f.records) == 0 && f.schema && (f.lease == nil || f.lease.InitialVersion == 0) {
		return nil, fmt.Errorf("has a schema, but no record of migrations: say which of them it has (baseline N)")
	}
	byVersion := map[int]Record{}
	newest := 0
	for _, r := range f.records {
		v := int(r.Version)
		if v > len(migrations) {
			return nil, fmt.Errorf("has migration %s, which this checkout does not know (it ends with %04d): check out a newer one", r.Name, len(migrations))
		}
		if m := migrations[v-1]; m.Checksum != r.Checksum && (State(r.State) != Failed || r.StatementsDone > 0) {
			return nil, fmt.Errorf("migration %s was changed after it was applied as %s: put its file back as it was, and write a new one for the change", m.Name, r.Name)
		}
		byVersion[v] = r
		newest = max(newest, v)
	}
	list := make([]Step, len(migrations))
	for i, m := range migrations {
		r, ok := byVersion[m.Version]
		list[i] = Step{Migration: m, State: Pending}
		switch {
		case ok && int(r.StatementsDone) > len(m.Statements):
			return nil, fmt.Errorf("migration %s has %d statements, of which %d are done: its row in %s is wrong", m.Name, len(m.Statements), r.StatementsDone, recordsTable)
		case ok:
			list[i].State, list[i].Record = State(r.State), r
		}
		if !list[i].Record.done() && m.Version < newest {
			return nil, fmt.Errorf("migration %s is not applied, but %04d after it is: migrations are applied in order, so it needs a number of its own after that", m.Name, newest)
		}
	}
	return list, nil
}

// todo returns what is to be applied, and the contract steps at the end that are left for a
// run that may contract.
func todo(list []Step, initial int64, contract bool) (now, later []Step, err error) {
	for _, s := range list {
		switch {
		case s.Record.done():
		case s.Kind == spannerdb.Contract && !contract && int64(s.Version) > initial:
			later = append(later, s)
		case len(later) > 0:
			return nil, nil, fmt.Errorf("%s waits behind %s, which contracts the schema: once no code runs, nor is to be rolled back to, that uses what it takes away, apply with --contract", s.Name, names(later))
		default:
			now = append(now, s)
		}
	}
	return now, later, nil
}

func names(list []Step) string {
	all := make([]string, len(list))
	for i, s := range list {
		all[i] = s.Name
	}
	return strings.Join(all, ", ")
}
