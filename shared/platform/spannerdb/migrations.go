package spannerdb

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// Kind is what a migration does to the code that runs while it is applied.
type Kind string

// Kinds of migrations, by the end of their file's name.
const (
	// Expand (NNNN_name.sql) is DDL that adds: the code before it runs on.
	Expand Kind = "expand"
	// Contract (NNNN_name.contract.sql) is DDL that takes away what no code uses any more.
	Contract Kind = "contract"
	// Data (NNNN_name.dml.sql) changes rows by partitioned DML: each statement may be applied
	// to a row more than once and must come to the same.
	Data Kind = "dml"
)

// Migration is one numbered step of a database's schema.
type Migration struct {
	Version    int    // from 1
	Name       string // 0001_users
	Kind       Kind
	Statements []string // without comments
	Checksum   string   // SHA-256 of the statements, in hexadecimal
}

var migrationFile = regexp.MustCompile(`^((\d{4})_[a-z0-9_]+)(\.contract|\.dml)?\.sql$`)

// Migrations reads the files schema/NNNN_name.sql. It panics where they cannot be read,
// since they are embedded at build time.
func Migrations(files fs.FS) []Migration {
	migrations, err := ReadMigrations(files)
	if err != nil {
		panic(err)
	}
	return migrations
}

// ReadMigrations reads the files schema/NNNN_name.sql, which are numbered from 1 without a
// gap. Neither comments nor semicolons may stand inside a literal.
func ReadMigrations(files fs.FS) ([]Migration, error) {
	names, err := fs.Glob(files, "schema/*.sql")
	if err != nil {
		return nil, err
	}
	migrations := make([]Migration, 0, len(names))
	for _, name := range names { // Glob sorts
		m, err := readMigration(files, name)
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", name, err)
		}
		if want := len(migrations) + 1; m.Version != want {
			return nil, fmt.Errorf("migration %s: the next number is %04d", name, want)
		}
		migrations = append(migrations, m)
	}
	return migrations, nil
}

func readMigration(files fs.FS, name string) (Migration, error) {
	parts := migrationFile.FindStringSubmatch(path.Base(name))
	if parts == nil {
		return Migration{}, fmt.Errorf("is not called NNNN_name.sql, NNNN_name.contract.sql or NNNN_name.dml.sql")
	}
	version, err := strconv.Atoi(parts[2])
	if err != nil {
		return Migration{}, err
	}
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return Migration{}, err
	}
	m := Migration{Version: version, Name: parts[1], Kind: Expand, Statements: split(string(text))}
	if parts[3] != "" {
		m.Kind = Kind(parts[3][1:])
	}
	if len(m.Statements) == 0 {
		return Migration{}, fmt.Errorf("has no statement")
	}
	sum := sha256.Sum256([]byte(string(m.Kind) + "\n" + strings.Join(m.Statements, ";\n")))
	m.Checksum = hex.EncodeToString(sum[:])
	return m, nil
}

// Statements returns the DDL of a new database: that of all migrations in order. Data
// migrations change rows, of which a new database has none.
func Statements(migrations []Migration) []string {
	var statements []string
	for _, m := range migrations {
		if m.Kind != Data {
			statements = append(statements, m.Statements...)
		}
	}
	return statements
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
