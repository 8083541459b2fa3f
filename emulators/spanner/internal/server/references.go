package server

import (
	"slices"

	"cloud.google.com/go/spanner/apiv1/spannerpb"

	"github.com/kwipper/kwipper/emulators/spanner/internal/rows"
	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// checkReferenced refuses to insert and delete a row with values that a
// cascading foreign key refers to. Package rows refuses that where the row
// changes; the service does even where the insertion would fail by itself.
func checkReferenced(catalog *schema.Catalog, mutations []*spannerpb.Mutation) error {
	deleted := map[string][]rows.Range{} // by table
	for _, m := range mutations {
		t, ok := catalog.Table(m.GetDelete().GetTable())
		if !ok || cascading(t) == nil {
			continue
		}
		set := &spannerpb.KeySet{Keys: m.GetDelete().GetKeySet().GetKeys(), Ranges: m.GetDelete().GetKeySet().GetRanges()}
		if ranges, err := (keyDecoder{table: t, parts: t.Key}).ranges(len(t.Key), set); err == nil {
			deleted[t.Name] = append(deleted[t.Name], ranges...)
		}
	}
	if len(deleted) == 0 {
		return nil
	}
	for _, m := range mutations {
		t, ok := catalog.Table(m.GetInsert().GetTable())
		if !ok || cascading(t) == nil {
			continue
		}
		for _, key := range insertedKeys(t, m.GetInsert()) {
			if slices.ContainsFunc(deleted[t.Name], func(r rows.Range) bool { return r.Holds([]byte(key)) }) {
				name := t.Name + "." + t.Columns[cascading(t).ReferencedCols[0]].Name
				return failed("Cannot write a value for the referenced column `%s` and delete it in the same transaction.", name)
			}
		}
	}
	return nil
}

// cascading returns a foreign key by which deletions in t cascade, or nil.
func cascading(t *schema.Table) *schema.ForeignKey {
	for _, fk := range t.ReferredBy {
		if fk.CascadeOnDelete {
			return fk
		}
	}
	return nil
}

// insertedTwice says whether mutations insert a row into a table twice.
func insertedTwice(catalog *schema.Catalog, table string, mutations []*spannerpb.Mutation) bool {
	t, ok := catalog.Table(table)
	if !ok {
		return false
	}
	seen := map[string]bool{}
	for _, m := range mutations {
		if of, ok := catalog.Table(m.GetInsert().GetTable()); !ok || of != t {
			continue
		}
		for _, key := range insertedKeys(t, m.GetInsert()) {
			if seen[key] {
				return true
			}
			seen[key] = true
		}
	}
	return false
}

// insertedKeys returns the keys of the rows that name all of theirs.
func insertedKeys(t *schema.Table, w *spannerpb.Mutation_Write) (out []string) {
	at := make([]int, len(t.Key))
	for i, part := range t.Key {
		at[i] = slices.IndexFunc(w.Columns, func(name string) bool {
			col, ok := t.Column(name)
			return ok && col.Ordinal == part.Column
		})
		if at[i] < 0 {
			return nil
		}
	}
	for _, row := range w.Values {
		var key []byte
		for i, part := range t.Key {
			if at[i] >= len(row.GetValues()) {
				return nil // refused when it is applied
			}
			v, err := mutationValue(t, t.Columns[part.Column], row.Values[at[i]])
			if err != nil {
				return nil
			}
			key = append(key, rows.AppendKey(nil, t.Key[i:i+1], []value.Value{v})...)
		}
		out = append(out, string(key))
	}
	return out
}
