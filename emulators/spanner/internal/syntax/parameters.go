package syntax

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/cloudspannerecosystem/memefish/token"
)

var plainName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// PlainParameters writes parameters with quoted names, such as @`id`, without the
// quotes, which memefish 0.8.1 does not read. All else stays where it is. Names
// that need their quotes are refused.
func PlainParameters(sql string) (string, error) {
	if !strings.Contains(sql, "@`") {
		return sql, nil
	}
	text := []byte(sql)
	tokens := lex(sql)
	for i, t := range tokens {
		if t.Kind != "@" || i+1 == len(tokens) {
			continue
		}
		name := tokens[i+1]
		if name.Kind != token.TokenIdent || name.Pos != t.End || !strings.HasPrefix(name.Raw, "`") {
			continue
		}
		if !plainName.MatchString(name.AsString) || len(name.AsString)+2 != len(name.Raw) {
			return "", fmt.Errorf("a parameter named %s", name.Raw)
		}
		copy(text[name.Pos:name.End], name.AsString+"  ")
	}
	return string(text), nil
}
