package readstesting

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
)

// TestEveryPackageThatReadsIsCovered walks the sources of the services: a package that reads
// a database asserts how.
func TestEveryPackageThatReadsIsCovered(t *testing.T) {
	root := filepath.Join("..", "..", "..", "..")
	covered := 0
	for _, tree := range []string{"shared", "functions"} {
		err := filepath.WalkDir(filepath.Join(root, tree), func(dir string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.IsDir() || filepath.Base(dir) == "readstesting" {
				return err
			}
			tags, untagged, err := tagsOf(dir)
			if err != nil {
				return err
			}
			assert.Empty(t, untagged, "reads without a request tag")
			if len(tags) > 0 {
				covered++
				assert.True(t, callsCoverPackage(t, dir), "%s: no test calls CoverPackage", dir)
			}
			return nil
		})
		require.NoError(t, err)
	}
	assert.GreaterOrEqual(t, covered, 8)
}

func callsCoverPackage(t *testing.T, dir string) bool {
	tests, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	require.NoError(t, err)
	for _, test := range tests {
		text, err := os.ReadFile(test)
		require.NoError(t, err)
		if strings.Contains(string(text), `.CoverPackage(t, ".")`) {
			return true
		}
	}
	return false
}

func TestTagsAreFoundWhereverTheyAreGiven(t *testing.T) {
	dir := t.TempDir()
	source := `package p

import "cloud.google.com/go/spanner"

func tagged(tag string) *spanner.ReadOptions { return &spanner.ReadOptions{RequestTag: tag} }

func get[R any](r reader, tag string) { r.ReadRowWithOptions(&spanner.ReadOptions{RequestTag: tag}) }

func change(tag string) { transact(tag) }

func all(r reader, name string) {
	r.ReadWithOptions(1, tagged("a"))
	r.QueryWithOptions(2, spanner.QueryOptions{RequestTag: "b"})
	get[int](r, "c")
	change("no read")
	r.ReadRow(3)
	r.QueryWithOptions(4, spanner.QueryOptions{})
	r.QueryWithOptions(5, spanner.QueryOptions{RequestTag: name})
}
`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "p.go"), []byte(source), 0o600))
	tags, untagged, err := tagsOf(dir)
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "b", "c"}, tags)
	require.Len(t, untagged, 3)
	for i, line := range []string{":16:", ":17:", ":18:"} {
		assert.Contains(t, untagged[i], line)
	}
}

// failures is a test that only takes note of its failures.
type failures struct {
	testing.TB
	list []string
}

func (f *failures) Helper()                   {}
func (f *failures) Errorf(s string, _ ...any) { f.list = append(f.list, s) }

func TestAReadNobodyAssertedFails(t *testing.T) {
	dir := t.TempDir()
	source := "package p\n\nimport \"cloud.google.com/go/spanner\"\n\nvar o = []spanner.QueryOptions{{RequestTag: \"a\"}, {RequestTag: \"b\"}}\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "p.go"), []byte(source), 0o600))
	r := Watch(t, spannertesting.NewDatabaseName(t))
	r.Expect(t, func() error { return nil })
	r.asserted["a"] = true
	f := &failures{TB: t}
	r.CoverPackage(f, dir)
	assert.Len(t, f.list, 1)
}
