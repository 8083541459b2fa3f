package syntax_test

import (
	"strings"
	"testing"

	"github.com/cloudspannerecosystem/memefish/ast"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/spanner/internal/syntax"
)

func TestIntervalTakesAnyExpression(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT INTERVAL 1 DAY":                             "1 DAY",
		"SELECT INTERVAL @n HOUR":                           "@n HOUR",
		"SELECT INTERVAL -1 DAY":                            "-1 DAY",
		"SELECT INTERVAL x DAY FROM t":                      "x DAY",
		"SELECT INTERVAL (a + b) MONTH FROM t":              "(a + b) MONTH",
		"SELECT INTERVAL f(day, INTERVAL 2 DAY) YEAR":       "f(day, INTERVAL 2 DAY) YEAR",
		"SELECT INTERVAL t.day DAY FROM t":                  "t.day DAY",
		"SELECT INTERVAL '1.5' SECOND":                      `"1.5" SECOND`,
		"SELECT INTERVAL\n  n\n MINUTE FROM t":              "n MINUTE",
		"SELECT DATE_ADD(d, INTERVAL -n DAY), 'INTERVAL x'": "-n DAY",
	} {
		n, err := syntax.ParseStatement(sql)
		require.NoError(t, err, sql)
		var got []string
		ast.Inspect(n, func(n ast.Node) bool {
			if lit, ok := n.(*ast.IntervalLiteralSingle); ok {
				got = append(got, lit.Value.SQL()+" "+string(lit.DateTimePart))
			}
			return true
		})
		require.NotEmpty(t, got, sql)
		assert.Equal(t, want, got[0], sql)
	}
}

func TestIntervalKeepsPlaces(t *testing.T) {
	const sql = "SELECT INTERVAL x\n DAY, yy FROM t"
	n, err := syntax.ParseStatement(sql)
	require.NoError(t, err)
	var found bool
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == "yy" {
			found = true
			assert.Equal(t, strings.Index(sql, "yy"), int(id.NamePos))
		}
		return true
	})
	assert.True(t, found)
}

func TestIntervalThatIsNone(t *testing.T) {
	for _, sql := range []string{"SELECT INTERVAL", "SELECT INTERVAL x", "SELECT INTERVAL x)", "SELECT INTERVAL , DAY", "SELECT INTERVAL + DAY", "SELECT INTERVAL '1"} {
		_, err := syntax.ParseStatement(sql)
		assert.Error(t, err, sql)
	}
	for _, sql := range []string{"SELECT CAST(x AS INTERVAL) FROM t", "SELECT ARRAY<INTERVAL>[], day"} {
		_, err := syntax.ParseStatement(sql)
		assert.NoError(t, err, sql)
	}
}

func TestPlainParameters(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT @`a`, '@`b`', @c -- @`d`": "SELECT @a  , '@`b`', @c -- @`d`",
		"SELECT @{x=1} `y`, @ `z`":        "SELECT @{x=1} `y`, @ `z`",
		"SELECT @`select`":                "SELECT @select  ",
	} {
		got, err := syntax.PlainParameters(sql)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	for _, sql := range []string{"SELECT @`a b`", "SELECT @`a\\`b`", "SELECT @`\\141`"} {
		_, err := syntax.PlainParameters(sql)
		assert.ErrorContains(t, err, "a parameter named")
	}
}
