// Package syntax parses Spanner's SQL with memefish, and what memefish 0.8.1 does
// not read yet: INTERVAL with any expression, and with a string and one part.
//
// Such an expression is replaced by a parameter of the same length before
// parsing, and put in its place afterwards. Therefore positions stay those of
// the text.
package syntax

import (
	"errors"
	"strings"

	"github.com/cloudspannerecosystem/memefish"
	"github.com/cloudspannerecosystem/memefish/ast"
	"github.com/cloudspannerecosystem/memefish/token"
)

// Interval is the value of an ast.IntervalLiteralSingle that is not a plain
// integer, parameter or CAST.
type Interval struct {
	ast.IntValue // what stands in the parsed text
	Expr         ast.Expr
}

// SQL returns the expression as SQL.
func (v *Interval) SQL() string { return v.Expr.SQL() }

// Pos returns where the expression begins.
func (v *Interval) Pos() token.Pos { return v.Expr.Pos() }

// End returns where the expression ends.
func (v *Interval) End() token.Pos { return v.Expr.End() }

// ParseStatement parses a query, DML or DDL statement.
func ParseStatement(sql string) (ast.Statement, error) {
	return parse(sql, 0, func(text string) (ast.Statement, error) { return memefish.ParseStatement("", text) })
}

// ParseDDL parses a DDL statement.
func ParseDDL(sql string) (ast.DDL, error) {
	return parse(sql, 0, func(text string) (ast.DDL, error) { return memefish.ParseDDL("", text) })
}

func parseExpr(sql string, depth int) (ast.Expr, error) {
	return parse(sql, depth, func(text string) (ast.Expr, error) { return memefish.ParseExpr("", text) })
}

// Limits on expressions in INTERVAL, each of which is parsed by itself.
const (
	maxDepth = 20
	maxWork  = 50_000_000 // characters
)

var errTooMany = errors.New("too many expressions in INTERVAL")

// parse parses text with the expressions of INTERVAL taken out, and puts them back.
func parse[N ast.Node](sql string, depth int, parseText func(string) (N, error)) (n N, err error) {
	spans := intervals(sql)
	if len(spans) == 0 {
		return parseText(sql)
	}
	if depth > maxDepth || len(spans)*len(sql) > maxWork {
		return n, errTooMany
	}
	text := []byte(sql)
	exprs := map[token.Pos]ast.Expr{}
	for _, s := range spans {
		e, err := parseExpr(blank(sql[:s.start])+sql[s.start:s.end], depth+1)
		if err != nil {
			return n, err
		}
		exprs[token.Pos(s.start)] = e
		copy(text[s.start:], "@a"+blank(sql[s.start+2:s.end]))
	}
	if n, err = parseText(string(text)); err != nil {
		return n, err
	}
	ast.Inspect(n, func(n ast.Node) bool {
		if lit, ok := n.(*ast.IntervalLiteralSingle); ok {
			if e, ok := exprs[lit.Value.Pos()]; ok {
				lit.Value = &Interval{IntValue: lit.Value, Expr: e}
			}
		}
		return true
	})
	return n, nil
}

// blank keeps the lines of a text and nothing else.
func blank(s string) string {
	out := []byte(s)
	for i := range out {
		if out[i] != '\n' {
			out[i] = ' '
		}
	}
	return string(out)
}

type span struct{ start, end int }

// intervals finds the expressions of INTERVAL that memefish does not read.
func intervals(sql string) []span {
	if !strings.Contains(strings.ToUpper(sql), "INTERVAL") {
		return nil
	}
	tokens := lex(sql)
	var out []span
	for i := 0; i < len(tokens); i++ {
		if tokens[i].Kind != "INTERVAL" {
			continue
		}
		end := unitAfter(tokens, i+1)
		if end < 0 || isPlain(tokens[i+1:]) {
			continue
		}
		s := span{int(tokens[i].End), int(tokens[end].Pos)}
		if s.end-s.start >= len("@a") {
			out = append(out, s)
		}
		i = end
	}
	return out
}

func lex(sql string) []token.Token {
	lexer := &memefish.Lexer{File: &token.File{Buffer: sql}}
	var out []token.Token
	for {
		if err := lexer.NextToken(); err != nil || lexer.Token.Kind == token.TokenEOF {
			return out
		}
		out = append(out, lexer.Token)
	}
}

var units = map[string]bool{
	"YEAR": true, "QUARTER": true, "MONTH": true, "WEEK": true, "DAY": true, "HOUR": true, "MINUTE": true, "SECOND": true,
	"MILLISECOND": true, "MICROSECOND": true, "NANOSECOND": true,
}

// unitAfter returns the index of the unit that ends the expression which begins
// at i, or -1.
func unitAfter(tokens []token.Token, i int) int {
	depth := 0
	for at := i; at < len(tokens); at++ {
		t := tokens[at]
		switch t.Kind {
		case "(", "[":
			depth++
		case ")", "]":
			depth--
		case ",", ";", "INTERVAL":
			if depth == 0 {
				return -1
			}
		case token.TokenIdent:
			if depth == 0 && at > i && units[strings.ToUpper(t.Raw)] && endsOperand(tokens[at-1].Kind) {
				return at
			}
		}
		if depth < 0 {
			return -1
		}
	}
	return -1
}

func endsOperand(k token.TokenKind) bool {
	switch k {
	case token.TokenIdent, token.TokenParam, token.TokenInt, token.TokenFloat, token.TokenString, "NULL", "END", ")", "]":
		return true
	}
	return false
}

// isPlain reports whether memefish reads what follows INTERVAL.
func isPlain(rest []token.Token) bool {
	switch rest[0].Kind {
	case token.TokenInt, token.TokenParam:
		return rest[1].Kind == token.TokenIdent && units[strings.ToUpper(rest[1].Raw)]
	case token.TokenString:
		return len(rest) > 2 && rest[2].Kind == "TO"
	}
	return false
}
