package spannerdb

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMigrationsAreReadInOrderWithoutComments(t *testing.T) {
	files := fstest.MapFS{
		"schema/0003_fill.dml.sql":      {Data: []byte("UPDATE A SET X = 1 WHERE X IS NULL;")},
		"schema/0002_more.sql":          {Data: []byte("CREATE INDEX B ON A (X);\n")},
		"schema/0001_first.sql":         {Data: []byte("-- People; all of them.\nCREATE TABLE A (\n  X INT64, -- a number; or so\n) PRIMARY KEY (X);\n\n")},
		"schema/0004_less.contract.sql": {Data: []byte("DROP INDEX B")},
		"schema/checksums.txt":          {Data: []byte("not a migration")},
	}
	migrations, err := ReadMigrations(files)
	require.NoError(t, err)
	var names []string
	var kinds []Kind
	sums := map[string]bool{}
	for i, m := range migrations {
		assert.Equal(t, i+1, m.Version)
		assert.Len(t, m.Checksum, 64)
		sums[m.Checksum] = true
		names, kinds = append(names, m.Name), append(kinds, m.Kind)
	}
	assert.Equal(t, []string{"0001_first", "0002_more", "0003_fill", "0004_less"}, names)
	assert.Equal(t, []Kind{Expand, Expand, Data, Contract}, kinds)
	assert.Len(t, sums, 4)
	assert.Equal(t, []string{"UPDATE A SET X = 1 WHERE X IS NULL"}, migrations[2].Statements)
	assert.Equal(t, []string{
		"CREATE TABLE A (\n  X INT64,\n) PRIMARY KEY (X)", "CREATE INDEX B ON A (X)", "DROP INDEX B",
	}, Statements(migrations), "rows are changed where there are any")
}

func TestChecksumGoesByStatementsAndKind(t *testing.T) {
	sum := func(name, text string) string {
		return Migrations(fstest.MapFS{"schema/" + name: {Data: []byte(text)}})[0].Checksum
	}
	first := sum("0001_a.sql", "DROP INDEX B")
	assert.Equal(t, first, sum("0001_b.sql", "-- A comment.\nDROP INDEX B;\n"))
	assert.NotEqual(t, first, sum("0001_a.contract.sql", "DROP INDEX B"))
	assert.NotEqual(t, first, sum("0001_a.sql", "DROP INDEX C"))
}

func TestMigrationsThatAreNone(t *testing.T) {
	for name, test := range map[string]struct {
		files []string
		says  string
	}{
		"no number":      {[]string{"users.sql"}, "migration schema/users.sql: is not called NNNN_name.sql"},
		"another kind":   {[]string{"0001_users.undo.sql"}, "is not called NNNN_name.sql"},
		"a gap":          {[]string{"0001_users.sql", "0003_more.sql"}, "migration schema/0003_more.sql: the next number is 0002"},
		"a number twice": {[]string{"0001_users.sql", "0001_more.sql"}, "the next number is 0002"},
		"from zero":      {[]string{"0000_users.sql"}, "the next number is 0001"},
		"only a comment": {[]string{"0001_empty.sql"}, "has no statement"},
	} {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{}
			for _, f := range test.files {
				text := "DROP INDEX B;"
				if f == "0001_empty.sql" {
					text = "-- nothing\n"
				}
				files["schema/"+f] = &fstest.MapFile{Data: []byte(text)}
			}
			_, err := ReadMigrations(files)
			assert.ErrorContains(t, err, test.says)
			assert.Panics(t, func() { Migrations(files) })
		})
	}
}
