package query

import (
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// maxNesting is how deep brackets and prefix operators may nest. The parser
// recurses and has no bound of its own.
const maxNesting = 120

// checkNesting refuses text that would make the parser recurse too deep. It
// looks at characters outside of literals and comments only.
func checkNesting(sql string) error {
	depth, deepest, prefixes, cases := 0, 0, 0, 0
	for i := 0; i < len(sql); {
		c := sql[i]
		switch {
		case c == '(' || c == '[' || c == '{':
			depth++
			deepest = max(deepest, depth)
		case c == ')' || c == ']' || c == '}':
			depth--
		case c == '\'' || c == '"' || c == '`':
			i = skipQuoted(sql, i)
			prefixes = 0
			continue
		case c == '#' || strings.HasPrefix(sql[i:], "--"):
			i = skipUntil(sql, i, "\n")
			continue
		case strings.HasPrefix(sql[i:], "/*"):
			i = skipUntil(sql, i+2, "*/")
			continue
		case c == '-' || c == '+' || c == '~':
			prefixes++
		case c == '<':
			prefixes++ // ARRAY<ARRAY<...
		case isWord(c):
			end := i
			for end < len(sql) && isWord(sql[end]) {
				end++
			}
			prefixes, cases = countWord(sql[i:end], prefixes, cases)
			i = end
			deepest = max(deepest, cases, prefixes)
			continue
		}
		deepest = max(deepest, prefixes)
		i++
	}
	if deepest > maxNesting {
		return status.Errorf(codes.InvalidArgument, "Expression or query is nested more than %d deep", maxNesting)
	}
	return nil
}

func countWord(word string, prefixes, cases int) (int, int) {
	switch strings.ToUpper(word) {
	case "NOT", "ARRAY", "STRUCT", "SELECT", "FROM", "WITH":
		return prefixes + 1, cases
	case "CASE":
		return 0, cases + 1
	case "END":
		return 0, cases - 1
	}
	return 0, cases
}

func isWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}

func skipUntil(sql string, i int, end string) int {
	j := strings.Index(sql[i:], end)
	if j < 0 {
		return len(sql)
	}
	return i + j + len(end)
}

// skipQuoted returns the position behind a literal. Raw strings end like
// others: a backslash keeps the quote that follows it.
func skipQuoted(sql string, i int) int {
	quote := sql[i : i+1]
	if triple := strings.Repeat(quote, 3); quote != "`" && strings.HasPrefix(sql[i:], triple) {
		quote = triple
	}
	for j := i + len(quote); j < len(sql); j++ {
		if sql[j] == '\\' {
			j++
			continue
		}
		if strings.HasPrefix(sql[j:], quote) {
			return j + len(quote)
		}
	}
	return len(sql)
}
