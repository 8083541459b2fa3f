package spannerdb

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
)

func TestStatementsAreInOrderWithoutComments(t *testing.T) {
	files := fstest.MapFS{
		"schema/0002_more.sql":  {Data: []byte("CREATE INDEX B ON A (X);\n")},
		"schema/0001_first.sql": {Data: []byte("-- People; all of them.\nCREATE TABLE A (\n  X INT64, -- a number; or so\n) PRIMARY KEY (X);\n\n")},
	}
	assert.Equal(t, []string{
		"CREATE TABLE A (\n  X INT64,\n) PRIMARY KEY (X)", "CREATE INDEX B ON A (X)", "CREATE TABLE C",
	}, Statements(files, "CREATE TABLE C"))
}
