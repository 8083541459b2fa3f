package filter

import (
	"fmt"
	"strings"
)

// Parse reads a filter; an empty one matches everything.
func Parse(text string) (Filter, error) {
	if strings.TrimSpace(text) == "" {
		return everything{}, nil
	}
	if len(text) > MaxBytes {
		return nil, fmt.Errorf("filter: %d bytes, at most %d are allowed", len(text), MaxBytes)
	}
	all, err := tokens(text)
	if err != nil {
		return nil, fmt.Errorf("filter: %w", err)
	}
	p := &parser{tokens: all}
	expression, err := p.expression()
	if err != nil {
		return nil, fmt.Errorf("filter: %w", err)
	}
	if rest := p.next(); rest.kind != endOfText {
		return nil, fmt.Errorf("filter: unexpected %s", rest)
	}
	return expression, nil
}

// parser is a recursive descent over the tokens. MaxBytes bounds its depth.
type parser struct {
	tokens []token
	at     int
}

func (p *parser) peek() token { return p.tokens[p.at] }

// next stays on the last token, the end of the text.
func (p *parser) next() token {
	current := p.tokens[p.at]
	if current.kind != endOfText {
		p.at++
	}
	return current
}

func (p *parser) expect(text string) error {
	if got := p.next(); !got.is(text) {
		return fmt.Errorf("want %q, got %s", text, got)
	}
	return nil
}

// expression = term { "AND" term } | term { "OR" term }
func (p *parser) expression() (Filter, error) {
	first, err := p.term()
	if err != nil {
		return nil, err
	}
	operands := []Filter{first}
	operator := p.peek()
	if !operator.isWord("AND") && !operator.isWord("OR") {
		return first, nil
	}
	for p.peek().isWord("AND") || p.peek().isWord("OR") {
		if got := p.next(); got.text != operator.text {
			return nil, fmt.Errorf("AND and OR need parentheses when mixed, see %s", got)
		}
		operand, err := p.term()
		if err != nil {
			return nil, err
		}
		operands = append(operands, operand)
	}
	if operator.text == "OR" {
		return or(operands), nil
	}
	return and(operands), nil
}

// term = [ "NOT" | "-" ] primary
func (p *parser) term() (Filter, error) {
	if p.peek().isWord("NOT") || p.peek().is("-") {
		p.next()
		operand, err := p.term()
		if err != nil {
			return nil, err
		}
		return not{operand}, nil
	}
	return p.primary()
}

// primary = "(" expression ")" | hasPrefix | comparison
func (p *parser) primary() (Filter, error) {
	first := p.next()
	switch {
	case first.is("("):
		inner, err := p.expression()
		if err != nil {
			return nil, err
		}
		return inner, p.expect(")")
	case first.isWord("hasPrefix"):
		return p.hasPrefix()
	case first.isWord("attributes"):
		return p.comparison()
	}
	return nil, fmt.Errorf("want attributes, hasPrefix or a parenthesis, got %s", first)
}

// comparison = ":" key | "." key ( "=" | "!=" ) literal
func (p *parser) comparison() (Filter, error) {
	if p.peek().is(":") {
		p.next()
		key, err := p.key()
		return has{key}, err
	}
	if err := p.expect("."); err != nil {
		return nil, err
	}
	key, err := p.key()
	if err != nil {
		return nil, err
	}
	operator := p.next()
	if !operator.is("=") && !operator.is("!=") {
		return nil, fmt.Errorf("want = or !=, got %s", operator)
	}
	value, err := p.literal()
	if err != nil {
		return nil, err
	}
	if operator.is("!=") {
		return not{equals{key, value}}, nil
	}
	return equals{key, value}, nil
}

// hasPrefix = "(" "attributes" "." key "," literal ")"
func (p *parser) hasPrefix() (Filter, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	if got := p.next(); !got.isWord("attributes") {
		return nil, fmt.Errorf("want attributes, got %s", got)
	}
	if err := p.expect("."); err != nil {
		return nil, err
	}
	key, err := p.key()
	if err != nil {
		return nil, err
	}
	if err := p.expect(","); err != nil {
		return nil, err
	}
	prefix, err := p.literal()
	if err != nil {
		return nil, err
	}
	return hasPrefix{key, prefix}, p.expect(")")
}

func (p *parser) key() (string, error) {
	got := p.next()
	if (got.kind != word && got.kind != literal) || got.text == "" {
		return "", fmt.Errorf("want an attribute key, got %s", got)
	}
	return got.text, nil
}

func (p *parser) literal() (string, error) {
	got := p.next()
	if got.kind != literal {
		return "", fmt.Errorf("want a quoted string, got %s", got)
	}
	return got.text, nil
}
