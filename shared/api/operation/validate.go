package operation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/kwipper/kwipper/shared/fault"
)

// Schema is the part of an OpenAPI schema that requests are checked against.
type Schema struct {
	Type          string             `json:"type,omitempty"` // empty: anything
	Enum          []string           `json:"enum,omitempty"`
	Pattern       string             `json:"pattern,omitempty"`
	MinLength     uint64             `json:"minLength,omitempty"` // in characters
	MaxLength     *uint64            `json:"maxLength,omitempty"`
	Minimum       *float64           `json:"minimum,omitempty"`
	Maximum       *float64           `json:"maximum,omitempty"`
	Items         *Schema            `json:"items,omitempty"`
	MinItems      uint64             `json:"minItems,omitempty"`
	MaxItems      *uint64            `json:"maxItems,omitempty"`
	Properties    map[string]*Schema `json:"properties,omitempty"`
	Required      []string           `json:"required,omitempty"`
	Values        *Schema            `json:"values,omitempty"` // of a map; nil: no other properties
	MinProperties uint64             `json:"minProperties,omitempty"`
	MaxProperties *uint64            `json:"maxProperties,omitempty"`

	pattern *regexp.Regexp
}

// maxViolations bounds the answer to a request that is wrong all over.
const maxViolations = 20

func (o *Operation) compile() error {
	for _, p := range o.Parameters {
		if err := p.Schema.compile(); err != nil {
			return err
		}
	}
	if o.Body == nil {
		return nil
	}
	return o.Body.Schema.compile()
}

func (s *Schema) compile() (err error) {
	if s == nil {
		return nil
	}
	if s.Pattern != "" {
		if s.pattern, err = regexp.Compile(s.Pattern); err != nil {
			return err
		}
	}
	for _, child := range s.Properties {
		if err := child.compile(); err != nil {
			return err
		}
	}
	if err := s.Items.compile(); err != nil {
		return err
	}
	return s.Values.compile()
}

// ValidateParameters checks the parameters of a request and returns what is wrong with
// them. Query parameters that the operation does not know are refused, and so is one that
// is given twice.
func (o *Operation) ValidateParameters(path map[string]string, query url.Values, header http.Header) []fault.Field {
	var c checker
	known := map[string]bool{}
	for _, p := range o.Parameters {
		var values []string
		switch p.In {
		case "path":
			values = []string{path[p.Name]}
		case "query":
			known[p.Name] = true
			values = query[p.Name]
		default:
			values = header.Values(p.Name)
		}
		switch {
		case len(values) == 0 && p.Required:
			c.add(p.Name, "is required")
		case len(values) > 1:
			c.add(p.Name, "is given more than once")
		case len(values) == 1:
			c.check(p.Name, p.Schema, parameterValue(p.Schema, values[0]))
		}
	}
	for _, name := range sortedKeys(query) {
		if !known[name] {
			c.add(name, "is not a parameter of %s", o.ID)
		}
	}
	return c.fields
}

// parameterValue reads text as the JSON value that the schema wants; what cannot be read
// stays text and fails the check of its type.
func parameterValue(s *Schema, text string) any {
	switch s.Type {
	case "integer", "number":
		if _, err := strconv.ParseFloat(text, 64); err == nil {
			return json.Number(text)
		}
	case "boolean":
		if b, err := strconv.ParseBool(text); err == nil {
			return b
		}
	}
	return text
}

// Validate checks a JSON body and returns what is wrong with it.
func (b *Body) Validate(body []byte) []fault.Field {
	var c checker
	if len(bytes.TrimSpace(body)) == 0 {
		if b.Required {
			c.add("body", "is required")
		}
		return c.fields
	}
	if !utf8.Valid(body) {
		return append(c.fields, fault.Field{Name: "body", Description: "is not UTF-8"})
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return append(c.fields, fault.Field{Name: "body", Description: "is not JSON"})
	}
	if _, err := decoder.Token(); err != io.EOF {
		return append(c.fields, fault.Field{Name: "body", Description: "goes on after its JSON value"})
	}
	c.check("", b.Schema, value)
	return c.fields
}

// checker collects what is wrong.
type checker struct{ fields []fault.Field }

func (c *checker) add(name, format string, args ...any) {
	if name == "" {
		name = "body"
	}
	if len(c.fields) < maxViolations {
		c.fields = append(c.fields, fault.Field{Name: name, Description: fmt.Sprintf(format, args...)})
	}
}

func (c *checker) check(name string, s *Schema, value any) {
	switch s.Type {
	case "":
	case "string":
		c.checkString(name, s, value)
	case "integer", "number":
		c.checkNumber(name, s, value)
	case "boolean":
		if _, ok := value.(bool); !ok {
			c.add(name, "is not true or false")
		}
	case "array":
		c.checkArray(name, s, value)
	case "object":
		c.checkObject(name, s, value)
	}
}

func (c *checker) checkString(name string, s *Schema, value any) {
	text, ok := value.(string)
	if !ok {
		c.add(name, "is not a string")
		return
	}
	length := uint64(utf8.RuneCountInString(text))
	switch {
	case length < s.MinLength && s.MinLength == 1:
		c.add(name, "is empty")
	case length < s.MinLength:
		c.add(name, "is shorter than %d characters", s.MinLength)
	case s.MaxLength != nil && length > *s.MaxLength:
		c.add(name, "is longer than %d characters", *s.MaxLength)
	case len(s.Enum) > 0 && !slices.Contains(s.Enum, text):
		c.add(name, "is none of %v", s.Enum)
	case s.pattern != nil && !s.pattern.MatchString(text):
		c.add(name, "does not match %s", s.Pattern)
	}
}

func (c *checker) checkNumber(name string, s *Schema, value any) {
	number, ok := value.(json.Number)
	if !ok {
		c.add(name, "is not a number")
		return
	}
	float, err := number.Float64()
	if err != nil {
		c.add(name, "is out of range")
		return
	}
	if s.Type == "integer" {
		if _, err := strconv.ParseInt(number.String(), 10, 64); err != nil {
			c.add(name, "is not an integer")
			return
		}
	}
	if s.Minimum != nil && float < *s.Minimum {
		c.add(name, "is less than %v", int64(*s.Minimum))
	}
	if s.Maximum != nil && float > *s.Maximum {
		c.add(name, "is more than %v", int64(*s.Maximum))
	}
}
