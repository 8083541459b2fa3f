package query

import (
	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
)

// Need is a privilege that a role needs to run a statement.
type Need struct {
	Table     *schema.Table    // on its columns, or
	Sequence  *schema.Sequence // on a sequence, or
	View      *schema.StoredView
	Privilege schema.Privilege
	Columns   []*schema.Column // none: the whole table; of SELECT: any of its columns
}

// sequenceUse is what a statement does with a sequence.
type sequenceUse struct {
	sequence  *schema.Sequence
	privilege schema.Privilege
}

// Needs returns the privileges that the statement needs: SELECT on every column
// that it mentions, and what it does to the table that it writes.
func (st *Statement) Needs() []Need { return st.needs }

func (a *analyzer) needs(d *dmlPlan) []Need {
	var out []Need
	for _, r := range a.tables {
		n := Need{Table: r.table, Privilege: schema.Select}
		for _, col := range r.table.Columns {
			if r.named[col.Ordinal] {
				n.Columns = append(n.Columns, col)
			}
		}
		if len(n.Columns) > 0 || d == nil || d.rel != r {
			out = append(out, n)
		}
	}
	for _, v := range a.usedViews {
		out = append(out, Need{View: v, Privilege: schema.Select})
	}
	for _, use := range a.draws {
		out = append(out, Need{Sequence: use.sequence, Privilege: use.privilege})
	}
	if d == nil {
		return out
	}
	written := Need{Table: d.table}
	for _, ordinal := range d.columns {
		written.Columns = append(written.Columns, d.table.Columns[ordinal])
	}
	for _, p := range d.kind.privileges() {
		written.Privilege = p
		out = append(out, written)
	}
	return out
}

func (k dmlKind) privileges() []schema.Privilege {
	switch k {
	case dmlUpdate:
		return []schema.Privilege{schema.Update}
	case dmlDelete:
		return []schema.Privilege{schema.Delete}
	case dmlInsertOrUpdate:
		return []schema.Privilege{schema.Insert, schema.Update}
	}
	return []schema.Privilege{schema.Insert}
}
