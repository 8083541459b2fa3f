// Package corpus reads and writes files of SQL statements and of the verdicts that an
// analyzer gave on them.
//
// A corpus is a folder: schema.sql holds the DDL of a database, every other *.sql file
// statements on it, each closed by a semicolon at the end of a line. Comments stand before a
// statement; one that begins with @ declares parameters:
//
//	-- Comparisons find a common type.
//	-- @n INT64, @tags ARRAY<STRING>
//	SELECT Id FROM Users WHERE Id < @n;
//
// Beside name.sql lies name.verdicts: the same statements, each followed by one line that
// gives the columns of its result or the reason of its refusal.
package corpus

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// Statement is one statement of a corpus.
type Statement struct {
	Comment string // lines before the statement, without dashes, declarations left out
	Params  []Column
	SQL     string
}

// Column is a column of a result or a parameter; Type is as SQL writes it.
type Column struct{ Name, Type string }

// schemaFile holds the DDL of a corpus.
const schemaFile = "schema.sql"

// Schema returns the text of a corpus' DDL.
func Schema(dir string) (string, error) {
	text, err := os.ReadFile(filepath.Join(dir, schemaFile))
	return string(text), err
}

// Files returns the files of statements in a corpus, sorted.
func Files(dir string) ([]string, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.sql"))
	if err != nil {
		return nil, err
	}
	kept := names[:0]
	for _, name := range names {
		if filepath.Base(name) != schemaFile {
			kept = append(kept, name)
		}
	}
	sort.Strings(kept)
	if len(kept) == 0 {
		return nil, fmt.Errorf("no corpus in %s", dir)
	}
	return kept, nil
}

// Read reads the statements of a file.
func Read(file string) ([]Statement, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	list, err := parse(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	return list, nil
}

func parse(text string) ([]Statement, error) {
	var list []Statement
	var st Statement
	for i, line := range strings.Split(text, "\n") {
		comment, isComment := strings.CutPrefix(line, "--")
		comment = strings.TrimSpace(comment)
		switch {
		case st.SQL == "" && strings.TrimSpace(line) == "":
			st = Statement{} // a comment by itself
		case st.SQL == "" && isComment && strings.HasPrefix(comment, "@"):
			params, err := parseParams(comment)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			}
			st.Params = append(st.Params, params...)
		case st.SQL == "" && isComment:
			st.Comment = strings.TrimSpace(st.Comment + "\n" + comment)
		default:
			st.SQL += line
			sql, done := strings.CutSuffix(st.SQL, ";")
			if done {
				st.SQL = sql
				list = append(list, st)
				st = Statement{}
			} else {
				st.SQL += "\n"
			}
		}
	}
	if st.SQL != "" {
		return nil, fmt.Errorf("no semicolon at the end of %q", st.SQL)
	}
	return list, nil
}

// parseParams reads "@a INT64, @b STRUCT<x INT64, y STRING>": a comma and @ part declarations.
func parseParams(text string) ([]Column, error) {
	var params []Column
	for _, part := range strings.Split(text, ", @") {
		name, typ, ok := strings.Cut(strings.TrimPrefix(part, "@"), " ")
		if !ok {
			return nil, fmt.Errorf("parameter %s has no type", part)
		}
		params = append(params, Column{name, strings.TrimSpace(typ)})
	}
	return params, nil
}

// Key tells statements apart: the text of a statement with its parameters.
func (s Statement) Key() string { return s.declarations() + s.SQL + ";\n" }

func (s Statement) declarations() string {
	if len(s.Params) == 0 {
		return ""
	}
	parts := make([]string, len(s.Params))
	for i, p := range s.Params {
		parts[i] = "@" + p.Name + " " + p.Type
	}
	return "-- " + strings.Join(parts, ", ") + "\n"
}

// String returns the statement as a file holds it.
func (s Statement) String() string {
	text := ""
	if s.Comment != "" {
		text = "-- " + strings.ReplaceAll(s.Comment, "\n", "\n-- ") + "\n"
	}
	return text + s.Key()
}
