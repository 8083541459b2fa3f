package statements

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/spanner/corpus"
	"github.com/kwipper/kwipper/emulators/spanner/corpus/corpustest"
	"github.com/kwipper/kwipper/shared/billing/billingdb"
	"github.com/kwipper/kwipper/shared/content/contentdb"
	"github.com/kwipper/kwipper/shared/course/coursedb"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
	"github.com/kwipper/kwipper/shared/subscription/subscriptiondb"
	"github.com/kwipper/kwipper/shared/user/userdb"
)

var update = flag.Bool("update", false, "write testdata/schema.sql anew")

func TestAnalysisIsThatOfGoogle(t *testing.T) {
	counts := corpustest.Check(t, "testdata")
	assert.Equal(t, counts.Statements, counts.Agree)
}

// schema is the DDL of all services' databases as one; tables that several have are there once.
func schema() string {
	var text strings.Builder
	seen := map[string]bool{}
	for _, ddl := range [][]string{
		billingdb.Schema(), contentdb.Schema(), coursedb.Schema(), sagadb.Schema(), subscriptiondb.Schema(), userdb.Schema(),
	} {
		for _, statement := range ddl {
			if isTable := strings.HasPrefix(statement, "CREATE TABLE") || strings.HasPrefix(statement, "CREATE INDEX") ||
				strings.HasPrefix(statement, "CREATE NULL_FILTERED INDEX") || strings.HasPrefix(statement, "CREATE UNIQUE"); isTable && !seen[statement] {
				seen[statement] = true
				text.WriteString(statement + ";\n\n")
			}
		}
	}
	return text.String()
}

func TestSchemaIsThatOfTheServices(t *testing.T) {
	const file = "testdata/schema.sql"
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(schema()), 0o600))
	}
	kept, err := corpus.Schema("testdata")
	require.NoError(t, err)
	assert.Equal(t, schema(), kept, "go test ./emulators/local/statements -update, then scripts/spanner-oracle")
}

// plain leaves only single spaces between words.
func plain(sql string) string { return strings.Join(strings.Fields(sql), " ") }

// sqlOf returns the SQL in a source file: literals that begin a query or, where its columns
// are a variable, its FROM.
func sqlOf(t *testing.T, path string) []string {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	require.NoError(t, err)
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, err := strconv.Unquote(lit.Value)
			require.NoError(t, err)
			sql := plain(text)
			for _, start := range []string{"SELECT ", "FROM ", "INSERT ", "UPDATE ", "DELETE "} {
				if strings.HasPrefix(sql, start) {
					found = append(found, sql)
				}
			}
		}
		return true
	})
	return found
}

func TestNoStatementIsMissing(t *testing.T) {
	list, err := corpus.Read("testdata/services.sql")
	require.NoError(t, err)
	count := 0
	err = filepath.WalkDir("../../../shared", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "testing/") {
			return err
		}
		for _, sql := range sqlOf(t, path) {
			count++
			found := false
			for _, s := range list {
				found = found || strings.Contains(plain(s.SQL), sql)
			}
			assert.True(t, found, "%s: add to testdata/services.sql: %s", path, sql)
		}
		return nil
	})
	require.NoError(t, err)
	assert.GreaterOrEqual(t, count, 10)
}
