package spannerdb

import (
	"io/fs"
	"strings"
)

// Statements returns the DDL of a database: the statements of its numbered files
// schema/0001_*.sql in order, without comments, and after them those in also, such as
// idempotencydb.Schema. Neither comments nor semicolons may stand inside a literal.
func Statements(files fs.FS, also ...string) []string {
	names, err := fs.Glob(files, "schema/*.sql")
	if err != nil {
		panic(err) // the pattern is well formed
	}
	var statements []string
	for _, name := range names { // Glob sorts
		text, err := fs.ReadFile(files, name)
		if err != nil {
			panic(err) // embedded at build time
		}
		statements = append(statements, split(string(text))...)
	}
	return append(statements, also...)
}

func split(text string) []string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		code, _, _ := strings.Cut(line, "--")
		kept.WriteString(strings.TrimRight(code, " \n") + "\n")
	}
	var statements []string
	for statement := range strings.SplitSeq(kept.String(), ";") {
		if s := strings.TrimSpace(statement); s != "" {
			statements = append(statements, s)
		}
	}
	return statements
}
