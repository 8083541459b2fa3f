package corpus

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Verdict is what an analyzer said of a statement: the columns of its result, none for DML
// without THEN RETURN, or the reason why it refuses the statement.
type Verdict struct {
	Columns []Column
	Refused string
}

const (
	acceptedMark = "--> "
	refusedMark  = "--x "
)

// String returns the verdict on one line.
func (v Verdict) String() string {
	if v.Refused != "" {
		return refusedMark + strings.Join(strings.Fields(v.Refused), " ")
	}
	if len(v.Columns) == 0 {
		return acceptedMark + "no columns"
	}
	parts := make([]string, len(v.Columns))
	for i, c := range v.Columns {
		name := c.Name
		if name == "" {
			name = "''"
		}
		parts[i] = name + " " + c.Type
	}
	return acceptedMark + strings.Join(parts, ", ")
}

// VerdictFile returns the name of the file that holds the verdicts on a file of statements.
func VerdictFile(file string) string { return strings.TrimSuffix(file, ".sql") + ".verdicts" }

// Judge asks an analyzer about each statement and returns the text of the file of verdicts.
func Judge(list []Statement, analyze func(Statement) (Verdict, error)) (string, error) {
	var text strings.Builder
	for _, st := range list {
		v, err := analyze(st)
		if err != nil {
			return "", fmt.Errorf("%s: %w", st.SQL, err)
		}
		fmt.Fprintf(&text, "%s%s\n\n", st.Key(), v)
	}
	return text.String(), nil
}

// ErrStale says that verdicts are not those on the statements beside them.
var ErrStale = errors.New("the verdicts are not on these statements: make them anew with scripts/spanner-oracle")

// Verdicts returns the verdicts on the statements of a file, each the line that String gives.
func Verdicts(file string, list []Statement) ([]string, error) {
	data, err := os.ReadFile(VerdictFile(file))
	if err != nil {
		return nil, err
	}
	text := string(data)
	verdicts := make([]string, len(list))
	for i, st := range list {
		rest, ok := strings.CutPrefix(text, st.Key())
		if !ok {
			return nil, fmt.Errorf("%s: at %q: %w", filepath.Base(file), st.SQL, ErrStale)
		}
		verdicts[i], text, ok = strings.Cut(rest, "\n\n")
		if !ok {
			return nil, fmt.Errorf("%s: at %q: %w", filepath.Base(file), st.SQL, ErrStale)
		}
	}
	if text != "" {
		return nil, fmt.Errorf("%s: %w", filepath.Base(file), ErrStale)
	}
	return verdicts, nil
}

// IsRefusal reports whether a line of verdict refuses its statement.
func IsRefusal(verdict string) bool { return strings.HasPrefix(verdict, refusedMark) }
