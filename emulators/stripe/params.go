package stripe

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// node is a parameter: a value, or parameters inside it, as in card[number]=... or expand[]=...
type node struct {
	value    string
	set      bool
	children map[string]*node
	order    []string
}

// Limits on what is read of a request.
const (
	maxBodyBytes  = 1 << 20
	maxParamDepth = 8
)

// params are the parameters of a request.
type params struct{ root *node }

// parseParams reads a form-encoded string.
func parseParams(encoded string) (params, *apiError) {
	p := params{root: &node{}}
	for pair := range strings.SplitSeq(encoded, "&") {
		if pair == "" {
			continue
		}
		rawKey, rawValue, _ := strings.Cut(pair, "=")
		key, errKey := url.QueryUnescape(rawKey)
		value, errValue := url.QueryUnescape(rawValue)
		if errKey != nil || errValue != nil {
			return p, invalid("", "Invalid form encoding: %s", pair)
		}
		steps, ok := splitKey(key)
		if !ok {
			return p, withCode("parameter_unknown", invalid(key, "Received unknown parameter: %s", key))
		}
		p.root.add(steps, value)
	}
	return p, nil
}

// splitKey cuts a[b][] into a, b and an empty step.
func splitKey(key string) ([]string, bool) {
	name, rest, nested := strings.Cut(key, "[")
	steps := []string{name}
	for nested {
		inner, after, closed := strings.Cut(rest, "]")
		if !closed || len(steps) >= maxParamDepth {
			return nil, false
		}
		steps = append(steps, inner)
		if after == "" {
			return steps, name != ""
		}
		if after[0] != '[' {
			return nil, false
		}
		rest = after[1:]
	}
	return steps, name != ""
}

func (n *node) add(steps []string, value string) {
	if len(steps) == 0 {
		n.value, n.set = value, true
		return
	}
	if n.children == nil {
		n.children = map[string]*node{}
	}
	step := steps[0]
	if step == "" {
		step = strconv.Itoa(len(n.order))
	}
	child, ok := n.children[step]
	if !ok {
		child = &node{}
		n.children[step] = child
		n.order = append(n.order, step)
	}
	child.add(steps[1:], value)
}

// at answers the parameter at a path, or nil.
func (p params) at(path ...string) *node {
	n := p.root
	for _, step := range path {
		if n == nil {
			return nil
		}
		n = n.children[step]
	}
	return n
}

func (p params) has(path ...string) bool { return p.at(path...) != nil }

// text answers the value at path, empty if it is missing.
func (p params) text(path ...string) string {
	if n := p.at(path...); n != nil {
		return n.value
	}
	return ""
}

// optional answers the value at path, nil if it is missing or empty.
func (p params) optional(path ...string) *string {
	if v := p.text(path...); v != "" {
		return &v
	}
	return nil
}

func (p params) flag(path ...string) bool { return p.text(path...) == "true" }

// number answers the integer at path and whether there is one.
func (p params) number(path ...string) (int64, bool, *apiError) {
	n := p.at(path...)
	if n == nil {
		return 0, false, nil
	}
	v, err := strconv.ParseInt(n.value, 10, 64)
	if err != nil {
		return 0, true, withCode("parameter_invalid_integer", invalid(formKey(path), "Invalid integer: %s", n.value))
	}
	return v, true, nil
}

// list answers the values of an array.
func (p params) list(path ...string) []string {
	n := p.at(path...)
	if n == nil {
		return nil
	}
	var values []string
	for _, step := range n.order {
		values = append(values, n.children[step].value)
	}
	return values
}

// elements answers the array at path as parameters of their own.
func (p params) elements(path ...string) []params {
	n := p.at(path...)
	if n == nil {
		return nil
	}
	var found []params
	for _, step := range n.order {
		found = append(found, params{root: n.children[step]})
	}
	return found
}

// Limits on metadata.
const (
	maxMetadataKeys       = 50
	maxMetadataKeyRunes   = 40
	maxMetadataValueRunes = 500
)

// metadata merges the metadata at path into a copy of old; an empty value removes a key.
func (p params) metadata(old map[string]string, path ...string) (map[string]string, *apiError) {
	merged := map[string]string{}
	for k, v := range old {
		merged[k] = v
	}
	n := p.at(path...)
	if n == nil {
		return merged, nil
	}
	for _, key := range n.order {
		value := n.children[key].value
		if len([]rune(key)) > maxMetadataKeyRunes || len([]rune(value)) > maxMetadataValueRunes {
			return nil, invalid(formKey(append(path, key)), "Metadata keys have up to %d characters, values up to %d.",
				maxMetadataKeyRunes, maxMetadataValueRunes)
		}
		if value == "" {
			delete(merged, key)
			continue
		}
		merged[key] = value
	}
	if len(merged) > maxMetadataKeys {
		return nil, invalid(formKey(path), "Metadata can have up to %d keys.", maxMetadataKeys)
	}
	return merged, nil
}

// only refuses parameters other than the named ones.
func (p params) only(known []string) *apiError {
	for _, name := range p.root.order {
		if !slices.Contains(known, name) && name != "expand" {
			return withCode("parameter_unknown", invalid(name, "Received unknown parameter: %s", name))
		}
	}
	return nil
}

// canonical answers the same string for the same parameters, in whatever order they came.
func (n *node) canonical() string {
	if n.children == nil {
		return strconv.Quote(n.value)
	}
	steps := slices.Sorted(slices.Values(n.order))
	var b strings.Builder
	b.WriteByte('{')
	for _, step := range steps {
		b.WriteString(strconv.Quote(step) + ":" + n.children[step].canonical() + ",")
	}
	b.WriteByte('}')
	return b.String()
}

func formKey(path []string) string {
	key := path[0]
	for _, step := range path[1:] {
		key += "[" + step + "]"
	}
	return key
}

// readParams reads the parameters from the body of a POST, else from the query.
func readParams(w http.ResponseWriter, r *http.Request) (params, *apiError) {
	if r.Method != http.MethodPost {
		return parseParams(r.URL.RawQuery)
	}
	body, err := readLimited(w, r)
	if err != nil {
		return params{root: &node{}}, invalid("", "Cannot read the request: %v", err)
	}
	return parseParams(string(body))
}
