package sagadb

import (
	"embed"
	"slices"
	"strings"

	"github.com/kwipper/kwipper/shared/platform/idempotencydb"
)

//go:embed schema/*.sql
var files embed.FS

// Schema returns the DDL of the saga database, statement by statement in order.
func Schema() []string {
	entries, err := files.ReadDir("schema")
	if err != nil {
		panic(err) // embedded: cannot fail
	}
	var statements []string
	for _, entry := range entries { // in the order of names
		text, err := files.ReadFile("schema/" + entry.Name())
		if err != nil {
			panic(err)
		}
		statements = append(statements, split(string(text))...)
	}
	return slices.Insert(statements, 0, idempotencydb.Schema)
}

// split cuts a file into its statements, without comments.
func split(text string) []string {
	var kept []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(strings.TrimSpace(line), "--") {
			kept = append(kept, line)
		}
	}
	var statements []string
	for statement := range strings.SplitSeq(strings.Join(kept, ""), ";") {
		if s := strings.TrimSpace(statement); s != "" {
			statements = append(statements, s)
		}
	}
	return statements
}
