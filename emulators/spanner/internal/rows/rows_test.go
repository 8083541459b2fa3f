package rows_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/spanner/internal/query"
	"github.com/kwipper/kwipper/emulators/spanner/internal/rows"
	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/store"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

type fixture struct {
	store  *store.Store
	layout *rows.Layout
}

func newFixture(t testing.TB, statements ...string) *fixture {
	st, err := store.Open(store.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, st.Close()) })
	catalog := schema.Empty("db")
	for _, sql := range statements {
		ddl, err := schema.Parse(sql)
		require.NoError(t, err)
		catalog, _, err = catalog.Apply(ddl)
		require.NoError(t, err)
	}
	layout := rows.NewLayout(1, catalog, query.Evaluator{})
	require.NoError(t, layout.Validate())
	return &fixture{store: st, layout: layout}
}

func (f *fixture) table(name string) *schema.Table {
	t, _ := f.layout.Catalog().Table(name)
	return t
}

// write runs f in a transaction of its own and commits it if f does not fail.
func (f *fixture) write(t testing.TB, run func(tx *rows.Tx) error) error {
	txn, err := f.store.Begin(context.Background(), nil)
	require.NoError(t, err)
	defer txn.Rollback()
	tx := rows.NewTx(f.layout, txn, time.Now())
	if err := run(tx); err != nil {
		return err
	}
	if err := tx.CheckConstraints(context.Background()); err != nil {
		return err
	}
	_, err = txn.Commit()
	return err
}

func (f *fixture) scan(t testing.TB, s rows.Scan) [][]value.Value {
	it := rows.NewView(f.layout, f.store.At(f.store.Latest())).Scan(context.Background(), s)
	defer it.Close()
	var out [][]value.Value
	for it.Next() {
		out = append(out, it.Row())
	}
	require.NoError(t, it.Err())
	return out
}

const modelDDL = `CREATE TABLE T (A STRING(MAX), B INT64, C BYTES(MAX), D FLOAT64, E INT64 AS (B + 1) STORED) PRIMARY KEY (A DESC, B)`

// hostile values at the edges of the key encoding.
var (
	hostileStrings = []string{"", "\x00", "\x00\x00", "\x00\xff", "\x00\x01", "a", "a\x00", "a\x00b", "ab", "\u00ff", "\U0010ffff", "'; DROP TABLE T; --"}
	hostileInts    = []int64{-1 << 63, -1, 0, 1, 1<<63 - 2}
)

func randomRow(r *rand.Rand) []value.Value {
	pick := func(v value.Value) value.Value {
		if r.IntN(6) == 0 {
			return value.Null()
		}
		return v
	}
	return []value.Value{
		pick(value.String(hostileStrings[r.IntN(len(hostileStrings))])),
		pick(value.Int64(hostileInts[r.IntN(len(hostileInts))])),
		pick(value.BytesOf(hostileStrings[r.IntN(len(hostileStrings))])),
		pick(value.Float64([]float64{-1e300, -0.5, 0, 0.5, 1e300}[r.IntN(5)])),
	}
}

// TestIndexesAgreeWithTable writes at random and compares what each index and
// range finds with a plain list of rows.
func TestIndexesAgreeWithTable(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	f := newFixture(t, modelDDL,
		"CREATE INDEX ByC ON T(C, D DESC) STORING (E)", "CREATE NULL_FILTERED INDEX ByD ON T(D DESC)", "CREATE INDEX ByE ON T(E) WHERE D IS NOT NULL")
	table := f.table("T")
	var model [][]value.Value // key and the other columns
	find := func(row []value.Value) int {
		return slices.IndexFunc(model, func(m []value.Value) bool { return value.Identical(m[0], row[0]) && value.Identical(m[1], row[1]) })
	}
	for range 400 {
		row := randomRow(r)
		i := find(row)
		switch op := r.IntN(5); op {
		case 4:
			require.NoError(t, f.write(t, func(tx *rows.Tx) error {
				found, err := tx.Delete(context.Background(), table, row[:2])
				assert.Equal(t, i >= 0, found)
				return err
			}))
			if i >= 0 {
				model = slices.Delete(model, i, i+1)
			}
		default:
			err := f.write(t, func(tx *rows.Tx) error {
				_, err := tx.Write(context.Background(), rows.Op(op), table, []int{0, 1, 2, 3}, row)
				return err
			})
			switch {
			case rows.Op(op) == rows.Insert && i >= 0:
				require.Equal(t, codes.AlreadyExists, status.Code(err))
			case rows.Op(op) == rows.Update && i < 0:
				require.Equal(t, codes.NotFound, status.Code(err))
			default:
				require.NoError(t, err)
				if i >= 0 {
					model = slices.Delete(model, i, i+1)
				}
				model = append(model, row)
			}
		}
	}
	compareScans(t, f, r, table, model)
}

func compareScans(t *testing.T, f *fixture, r *rand.Rand, table *schema.Table, model [][]value.Value) {
	for i := range model {
		e := value.Null()
		if !model[i][1].IsNull() {
			e = value.Int64(model[i][1].AsInt64() + 1)
		}
		model[i] = append(model[i][:4:4], e)
	}
	for _, x := range append([]*schema.Index{nil}, table.Indexes...) {
		parts := table.Key
		if x != nil {
			parts = x.EntryKey()
		}
		for range 30 {
			bound := randomRow(r)
			first := parts[0].Column
			var lo, hi *rows.Bound
			if first < 4 && !bound[first].IsNull() && r.IntN(2) == 0 {
				lo = &rows.Bound{Value: bound[first], Inclusive: r.IntN(2) == 0}
			}
			if bound = randomRow(r); first < 4 && !bound[first].IsNull() && r.IntN(2) == 0 {
				hi = &rows.Bound{Value: bound[first], Inclusive: r.IntN(2) == 0}
			}
			scan := rows.Scan{Table: table, Index: x, Reverse: r.IntN(2) == 0, Ranges: rows.SortRanges([]rows.Range{rows.Between(parts, nil, lo, hi)})}
			assert.Equal(t, expect(model, x, parts, lo, hi, scan.Reverse), f.scan(t, scan), "index %v from %v to %v", x, lo, hi)
		}
	}
}

func expect(model [][]value.Value, x *schema.Index, parts []schema.KeyPart, lo, hi *rows.Bound, reverse bool) [][]value.Value {
	var out [][]value.Value
	for _, row := range model {
		v := row[parts[0].Column]
		switch {
		case x != nil && (x.NullFiltered || x.NotNull != nil) && row[3].IsNull():
		case lo != nil && (value.Compare(v, lo.Value) < 0 || value.Compare(v, lo.Value) == 0 && !lo.Inclusive):
		case hi != nil && (value.Compare(v, hi.Value) > 0 || value.Compare(v, hi.Value) == 0 && !hi.Inclusive):
		default:
			out = append(out, row)
		}
	}
	slices.SortFunc(out, func(a, b []value.Value) int {
		for _, part := range parts {
			if c := value.Compare(a[part.Column], b[part.Column]); c != 0 {
				if part.Desc != reverse {
					return -c
				}
				return c
			}
		}
		return 0
	})
	return out
}

func TestFailedStatementLeavesNothing(t *testing.T) {
	f := newFixture(t, modelDDL, "CREATE UNIQUE INDEX ByC ON T(C)")
	ctx := context.Background()
	row := func(b int64, c string) []value.Value {
		return []value.Value{value.String("k"), value.Int64(b), value.BytesOf(c)}
	}
	columns := []int{0, 1, 2}
	require.NoError(t, f.write(t, func(tx *rows.Tx) error {
		_, err := tx.Write(ctx, rows.Insert, f.table("T"), columns, row(1, "one"))
		require.NoError(t, err)
		before := tx.Savepoint()
		_, err = tx.Write(ctx, rows.Insert, f.table("T"), columns, row(2, "one"))
		require.NoError(t, err, "uniqueness is looked at in the end")
		require.Equal(t, codes.AlreadyExists, status.Code(tx.CheckConstraints(ctx)))
		tx.RollbackTo(before)
		_, err = tx.Write(ctx, rows.Insert, f.table("T"), columns, row(2, "two"))
		return err
	}))
	require.NoError(t, f.write(t, func(tx *rows.Tx) error { // two rows swap their unique values
		_, err := tx.Write(ctx, rows.Update, f.table("T"), columns, row(1, "two"))
		require.NoError(t, err)
		_, err = tx.Write(ctx, rows.Update, f.table("T"), columns, row(2, "one"))
		return err
	}))
	x, _ := f.table("T").Index("ByC")
	got := f.scan(t, rows.Scan{Table: f.table("T"), Index: x, Ranges: []rows.Range{rows.All()}})
	require.Len(t, got, 2)
	assert.Equal(t, []int64{2, 1}, []int64{got[0][1].AsInt64(), got[1][1].AsInt64()})
}

func TestSortRanges(t *testing.T) {
	r := func(start, end string) rows.Range { return rows.Range{Start: []byte(start), End: []byte(end)} }
	assert.Equal(t, []rows.Range{r("a", "e"), r("x", "z")}, rows.SortRanges([]rows.Range{r("x", "z"), r("c", "e"), r("a", "d"), r("k", "k"), r("m", "c")}))
	open := rows.Range{Start: []byte("b")}
	assert.Equal(t, []rows.Range{r("a", "aa"), open}, rows.SortRanges([]rows.Range{r("c", "d"), open, r("a", "aa")}))
}
