package filter

import (
	"fmt"
	"strconv"
	"strings"
)

type tokenKind int

const (
	endOfText tokenKind = iota
	word
	literal // a quoted string, unquoted
	symbol  // ( ) : . , = != -
)

type token struct {
	kind     tokenKind
	text     string
	position int // byte offset, from 0
}

func (t token) String() string {
	if t.kind == endOfText {
		return "end of filter"
	}
	return fmt.Sprintf("%q at %d", t.text, t.position)
}

func (t token) is(text string) bool { return t.kind == symbol && t.text == text }

func (t token) isWord(text string) bool { return t.kind == word && t.text == text }

func tokens(text string) ([]token, error) {
	var all []token
	for at := 0; at < len(text); {
		if strings.IndexByte(" \t\r\n", text[at]) >= 0 {
			at++
			continue
		}
		next, length, err := scan(text[at:])
		if err != nil {
			return nil, fmt.Errorf("at %d: %w", at, err)
		}
		next.position = at
		all = append(all, next)
		at += length
	}
	return append(all, token{kind: endOfText, position: len(text)}), nil
}

// scan reads the first token of text, which is not empty and begins with no space.
func scan(text string) (token, int, error) {
	switch {
	case text[0] == '"':
		return scanLiteral(text)
	case strings.HasPrefix(text, "!="):
		return token{kind: symbol, text: "!="}, 2, nil
	case strings.IndexByte("():.,=-", text[0]) >= 0:
		return token{kind: symbol, text: text[:1]}, 1, nil
	}
	length := 0
	for length < len(text) && isWordByte(text[length], length == 0) {
		length++
	}
	if length == 0 {
		return token{}, 0, fmt.Errorf("unexpected character %q", text[0])
	}
	return token{kind: word, text: text[:length]}, length, nil
}

// isWordByte admits hyphens inside a word only; a leading one negates.
func isWordByte(c byte, first bool) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		c == '-' && !first
}

// scanLiteral reads a quoted string with the escapes that Go has too.
func scanLiteral(text string) (token, int, error) {
	quoted, err := strconv.QuotedPrefix(text)
	if err != nil {
		return token{}, 0, fmt.Errorf("string not well formed")
	}
	value, err := strconv.Unquote(quoted)
	if err != nil {
		return token{}, 0, fmt.Errorf("string not well formed")
	}
	return token{kind: literal, text: value}, len(quoted), nil
}
