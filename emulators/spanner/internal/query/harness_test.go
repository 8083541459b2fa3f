package query

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cloudspannerecosystem/memefish"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/kwipper/kwipper/emulators/spanner/internal/rows"
	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/store"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// database is a store with a schema, for tests.
type database struct {
	t      testing.TB
	cat    *schema.Catalog
	layout *rows.Layout
	store  *store.Store
	now    time.Time
}

func newDatabase(t testing.TB, ddl string) *database {
	cat := schema.Empty("db")
	nodes, err := memefish.ParseDDLs("", ddl)
	require.NoError(t, err)
	cat, err = cat.Build(nodes)
	require.NoError(t, err)
	s, err := store.Open(store.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	d := &database{
		t: t, cat: cat, layout: rows.NewLayout(1, cat, Evaluator{}), store: s,
		now: time.Date(2026, 3, 4, 5, 6, 7, 890123456, time.UTC),
	}
	require.NoError(t, d.layout.Validate())
	return d
}

// params makes wire values of Go values; ints become decimal strings.
func params(t testing.TB, kv map[string]any) *structpb.Struct {
	out := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	for k, v := range kv {
		out.Fields[k] = wire(t, v)
	}
	return out
}

func wire(t testing.TB, v any) *structpb.Value {
	switch v := v.(type) {
	case int:
		return structpb.NewStringValue(fmt.Sprint(v))
	case []any:
		list := &structpb.ListValue{}
		for _, e := range v {
			list.Values = append(list.Values, wire(t, e))
		}
		return structpb.NewListValue(list)
	}
	pb, err := structpb.NewValue(v)
	require.NoError(t, err)
	return pb
}

// outcome is what a statement returned.
type outcome struct {
	cols    []Column
	rows    [][]value.Value
	count   int64
	scanned int64
}

// text writes the rows as "a|b;c|d".
func (o outcome) text() string {
	lines := make([]string, len(o.rows))
	for i, r := range o.rows {
		cells := make([]string, len(r))
		for j, v := range r {
			cells[j] = v.Text()
		}
		lines[i] = strings.Join(cells, "|")
	}
	return strings.Join(lines, ";")
}

func (d *database) run(sql string, kv map[string]any, opts Options) (outcome, error) {
	var out outcome
	st, err := Prepare(d.cat, sql, nil)
	if err != nil {
		return out, err
	}
	out.cols = st.Columns()
	opts.Now = d.now
	b, err := st.Bind(params(d.t, kv), opts)
	if err != nil {
		return out, err
	}
	if st.IsDML() {
		return d.execute(b, out)
	}
	return d.query(b, out)
}

func (d *database) query(b *Bound, out outcome) (outcome, error) {
	r, err := b.Query(context.Background(), rows.NewView(d.layout, d.store.At(d.store.Latest())))
	if err != nil {
		return out, err
	}
	defer r.Close()
	for {
		ok, err := r.Next()
		if err != nil || !ok {
			out.scanned = r.Scanned()
			return out, err
		}
		out.rows = append(out.rows, append([]value.Value{}, r.Row()...))
	}
}

func (d *database) execute(b *Bound, out outcome) (outcome, error) {
	ctx := context.Background()
	txn, err := d.store.Begin(ctx, nil)
	if err != nil {
		return out, err
	}
	defer txn.Rollback()
	tx := rows.NewTx(d.layout, txn, d.now)
	res, err := b.Execute(ctx, tx)
	if err != nil {
		return out, err
	}
	if err := tx.CheckConstraints(ctx); err != nil {
		return out, err
	}
	out.count, out.rows = res.Count, res.Rows
	_, err = txn.Commit()
	return out, err
}

func (d *database) must(sql string, kv map[string]any) outcome {
	d.t.Helper()
	out, err := d.run(sql, kv, Options{})
	require.NoError(d.t, err, sql)
	return out
}

const testSchema = `
CREATE TABLE Users (Id INT64 NOT NULL, Name STRING(MAX), Age INT64, Score FLOAT64, Tags ARRAY<STRING(MAX)>, Joined TIMESTAMP, Active BOOL) PRIMARY KEY (Id);
CREATE INDEX UsersByName ON Users (Name);
CREATE INDEX UsersByAge ON Users (Age DESC, Name) STORING (Score);
CREATE NULL_FILTERED INDEX UsersByJoined ON Users (Joined);
CREATE TABLE Orders (UserId INT64 NOT NULL, OrderId INT64 NOT NULL, Amount NUMERIC, Note STRING(MAX), Made TIMESTAMP OPTIONS (allow_commit_timestamp=true)) PRIMARY KEY (UserId, OrderId DESC);
CREATE TABLE Pages (A STRING(MAX) NOT NULL, B INT64 NOT NULL, C INT64 NOT NULL, V STRING(MAX)) PRIMARY KEY (A, B, C);
CREATE TABLE Defaults (K INT64 NOT NULL, D STRING(MAX) DEFAULT ('none'), G INT64 AS (K * 2) STORED, CHECK (K > 0)) PRIMARY KEY (K);
CREATE TABLE Floats (K INT64 NOT NULL, F FLOAT64, B BYTES(MAX), D DATE, J JSON) PRIMARY KEY (K);
CREATE INDEX FloatsByF ON Floats (F);
CREATE INDEX FloatsByB ON Floats (B);
`

func filled(t testing.TB) *database {
	d := newDatabase(t, testSchema)
	d.must(`INSERT INTO Users (Id, Name, Age, Score, Tags, Joined, Active) VALUES
		(1, 'ann', 30, 1.5, ['x','y'], '2026-01-01T00:00:00Z', TRUE),
		(2, 'bob', 25, 2.5, [], '2026-01-01T00:00:00.000000001Z', FALSE),
		(3, 'cat', 30, NULL, NULL, NULL, NULL),
		(4, NULL, NULL, 4.5, ['z'], '2026-02-01T00:00:00Z', TRUE)`, nil)
	d.must(`INSERT INTO Orders (UserId, OrderId, Amount, Note) VALUES (1, 1, 10, 'a'), (1, 2, 20.5, 'b'), (2, 1, 5, NULL)`, nil)
	for _, a := range []string{"p", "q"} {
		for b := range 3 {
			for c := range 3 {
				d.must("INSERT INTO Pages (A, B, C, V) VALUES (@a, @b, @c, @v)", map[string]any{"a": a, "b": b, "c": c, "v": fmt.Sprintf("%s%d%d", a, b, c)})
			}
		}
	}
	d.must(`INSERT INTO Floats (K, F, B, D, J) VALUES
		(1, CAST('nan' AS FLOAT64), b'\xff\xff', '2026-01-31', JSON '{"a":{"b":[1,"two"]},"n":null}'),
		(2, -1.5, b'\xff', '2024-02-29', NULL),
		(3, 0, b'', NULL, JSON '[]'),
		(4, NULL, NULL, '1969-12-31', NULL),
		(5, CAST('inf' AS FLOAT64), b'a\x00b', '2026-12-31', JSON '"s"')`, nil)
	return d
}
