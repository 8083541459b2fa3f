package query

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	differentialRounds = flag.Int("differential", 3, "random databases whose plans are compared with naive evaluation")
	differentialSeed   = flag.Uint64("differential-seed", 0, "seed of the first of them; 0: a random one")
)

// TestPlannedEqualsNaive runs random queries over random tables and indexes twice.
// The naive form of a query says the same such that nothing of it can be planned:
// tables are read whole by their key, every condition is inside a CASE, orders are
// by computed values, and the outermost LIMIT is applied here.
func TestPlannedEqualsNaive(t *testing.T) {
	seed := *differentialSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	for round := range *differentialRounds {
		t.Logf("-differential-seed=%d", seed+uint64(round))
		g := &generator{Rand: rand.New(rand.NewPCG(seed+uint64(round), 7))}
		compareRandomQueries(t, g, 250)
	}
}

func compareRandomQueries(t *testing.T, g *generator, queries int) {
	ddl := g.schema()
	d := newDatabase(t, ddl)
	for _, statement := range g.inserts() {
		_, _ = d.run(statement, nil, Options{}) // some have a key that is there
	}
	for range queries {
		q := g.query()
		planned, err := d.run(q.planned(), nil, Options{})
		require.NoError(t, err, "%s\n%s", ddl, q.planned())
		naive, err := d.run(q.naive(), nil, Options{})
		require.NoError(t, err, "%s\n%s", ddl, q.naive())
		if q.ordered {
			rows := naive.rows[min(q.offset, len(naive.rows)):]
			naive.rows = rows[:min(q.limit, len(rows))]
			require.Equal(t, naive.text(), planned.text(), "%s\n%s\n%s", ddl, q.planned(), q.naive())
			continue
		}
		require.Equal(t, sortedRows(naive), sortedRows(planned), "%s\n%s\n%s", ddl, q.planned(), q.naive())
	}
}

// randomQuery is a query whose conditions stand in ⟦⟧, its tables in ⟨⟩ and what it
// orders by in «»; index hints follow their tables in {}.
type randomQuery struct {
	text          string
	ordered       bool // all rows differ in what they are ordered by
	limit, offset int  // of ordered
}

func (q randomQuery) planned() string {
	text := strings.NewReplacer("⟦", "(", "⟧", ")", "⟨", "", "⟩", "", "«", "", "»", "").Replace(q.text)
	if q.ordered {
		text += fmt.Sprintf(" LIMIT %d OFFSET %d", q.limit, q.offset)
	}
	return text
}

var tableMark = regexp.MustCompile(`⟨(\w+)(@\{\w+=\w+\})?⟩`)

func (q randomQuery) naive() string {
	text := tableMark.ReplaceAllString(q.text, "$1@{FORCE_INDEX=_BASE_TABLE}")
	return strings.NewReplacer("⟦", "CASE WHEN ", "⟧", " THEN TRUE ELSE FALSE END", "«", "IF(TRUE, ", "»", ", NULL)").Replace(text)
}

// generator makes random schemas, rows and queries.
type generator struct {
	*rand.Rand
	tables []randomTable
}

type randomTable struct {
	name    string
	columns []randomColumn
	keys    int // the first so many columns
	indexes []string
}

type randomColumn struct{ name, sql string }

// domains are the few values that columns of a type have, so that they meet.
var domains = map[string][]string{
	"INT64":          {"0", "1", "2", "3", "-1", "9223372036854775807"},
	"STRING(MAX)":    {"''", "'a'", "'ab'", "'b'", "'ä'", "'ab\\000'"},
	"FLOAT64":        {"0.0", "1.5", "CAST('nan' AS FLOAT64)", "CAST('-inf' AS FLOAT64)"},
	"BOOL":           {"TRUE", "FALSE"},
	"BYTES(MAX)":     {"b''", "b'\\x00'", "b'\\xff'", "b'\\xff\\xff'", "b'a'"},
	"NUMERIC":        {"NUMERIC '0'", "NUMERIC '-1.5'", "NUMERIC '1.25'", "NUMERIC '2'"},
	"DATE":           {"DATE '2026-01-01'", "DATE '1969-12-31'", "DATE '2026-01-02'"},
	"TIMESTAMP":      {"TIMESTAMP '2026-01-01T00:00:00Z'", "TIMESTAMP '2026-01-01T00:00:00.000000001Z'", "TIMESTAMP '1969-01-01T00:00:00Z'"},
	"ARRAY<INT64>":   {"[1, 2]", "[]"},
	"STRING(10)":     {"'x'", "'y'", "'z'", "'xy'"},
	"INT64 NOT NULL": {"0", "1", "2", "3", "4", "5", "6", "7"},
}

func (g *generator) pick(list ...string) string { return list[g.IntN(len(list))] }

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

func (g *generator) columnType(key bool) string {
	types := []string{"INT64", "INT64", "STRING(MAX)", "FLOAT64", "BYTES(MAX)", "NUMERIC", "DATE", "TIMESTAMP", "BOOL", "STRING(10)"}
	if key {
		types = append(types, "INT64 NOT NULL", "INT64 NOT NULL")
	}
	return g.pick(types...)
}

func (g *generator) schema() string {
	var ddl strings.Builder
	g.tables = nil
	for i := range 3 {
		t := randomTable{name: fmt.Sprintf("T%d", i), keys: 1 + g.IntN(3)}
		for c := range t.keys + 2 + g.IntN(3) {
			t.columns = append(t.columns, randomColumn{fmt.Sprintf("c%d", c), g.columnType(c < t.keys)})
		}
		t.columns[0].sql = "INT64 NOT NULL" // many keys, and joins on them
		fmt.Fprintf(&ddl, "CREATE TABLE %s (", t.name)
		for _, c := range t.columns {
			fmt.Fprintf(&ddl, "%s %s, ", c.name, c.sql)
		}
		fmt.Fprintf(&ddl, ") PRIMARY KEY (%s);\n", g.keyParts(t.columns[:t.keys]))
		for x := range g.IntN(4) {
			name := fmt.Sprintf("X%d%d", i, x)
			parts := make([]randomColumn, len(t.columns))
			copy(parts, t.columns)
			g.Shuffle(len(parts), func(a, b int) { parts[a], parts[b] = parts[b], parts[a] })
			split := 1 + g.IntN(min(3, len(parts)-1))
			fmt.Fprintf(&ddl, "CREATE %sINDEX %s ON %s (%s)", g.pick("", "", "NULL_FILTERED "), name, t.name, g.keyParts(parts[:split]))
			if rest := parts[split]; rest.name >= fmt.Sprintf("c%d", t.keys) && g.chance(50) {
				fmt.Fprintf(&ddl, " STORING (%s)", rest.name)
			}
			ddl.WriteString(";\n")
			t.indexes = append(t.indexes, name)
		}
		g.tables = append(g.tables, t)
	}
	return ddl.String()
}

func (g *generator) keyParts(columns []randomColumn) string {
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = c.name + g.pick("", "", " DESC", " ASC")
	}
	return strings.Join(parts, ", ")
}

// value is one of a column's values, or NULL.
func (g *generator) value(c randomColumn) string {
	if g.chance(12) && !strings.Contains(c.sql, "NOT NULL") {
		name, _, _ := strings.Cut(c.sql, "(")
		return "CAST(NULL AS " + name + ")" // a bare NULL is no operand
	}
	return g.pick(domains[c.sql]...)
}

func (g *generator) inserts() []string {
	var out []string
	for _, t := range g.tables {
		names := make([]string, len(t.columns))
		for i, c := range t.columns {
			names[i] = c.name
		}
		for range 25 + g.IntN(30) {
			values := make([]string, len(t.columns))
			for i, c := range t.columns {
				values[i] = g.value(c)
			}
			out = append(out, fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", t.name, strings.Join(names, ", "), strings.Join(values, ", ")))
		}
	}
	return out
}
