package stripe

import (
	"regexp"
	"strconv"
	"strings"
)

// Bounds of a page.
const (
	defaultPageSize = 10
	maxPageSize     = 100
)

// page answers one page of the objects of a kind that pass, newest first.
func (c *call) page(kind string, pass func(object) bool) (any, *apiError) {
	limit, err := c.pageSize()
	if err != nil {
		return nil, err
	}
	found := all(c.tx, kind, func(o object) bool { return c.createdFits(o) && pass(o) })
	hasMore := false
	if id := c.params.text("ending_before"); id != "" {
		end := position(found, id)
		if end < 0 {
			return nil, noSuch(kind, id, "ending_before")
		}
		start := max(0, end-limit)
		found, hasMore = found[start:end], start > 0
	} else {
		if id := c.params.text("starting_after"); id != "" {
			start := position(found, id)
			if start < 0 {
				return nil, noSuch(kind, id, "starting_after")
			}
			found = found[start+1:]
		}
		hasMore = len(found) > limit
		found = found[:min(limit, len(found))]
	}
	return map[string]any{"object": "list", "url": c.path, "has_more": hasMore, "data": showAll(found)}, nil
}

// searchPage answers one page of a search; the next page is named by a number.
func (c *call) searchPage(kind, path string, pass func(object) bool) (any, *apiError) {
	limit, err := c.pageSize()
	if err != nil {
		return nil, err
	}
	start := 0
	if token := c.params.text("page"); token != "" {
		n, parseErr := strconv.Atoi(token)
		if parseErr != nil || n < 0 {
			return nil, invalid("page", "Invalid page: %s", token)
		}
		start = n
	}
	found := all(c.tx, kind, pass)
	found = found[min(start, len(found)):]
	answer := map[string]any{"object": "search_result", "url": path, "has_more": len(found) > limit, "next_page": nil}
	if len(found) > limit {
		answer["next_page"] = strconv.Itoa(start + limit)
		found = found[:limit]
	}
	answer["data"] = showAll(found)
	return answer, nil
}

func (c *call) pageSize() (int, *apiError) {
	limit, given, err := c.params.number("limit")
	if err != nil {
		return 0, err
	}
	if !given {
		return defaultPageSize, nil
	}
	if limit < 1 || limit > maxPageSize {
		return 0, withCode("parameter_invalid_integer", invalid("limit", "Limit must be between 1 and %d.", maxPageSize))
	}
	return int(limit), nil
}

// createdFits applies created=..., created[gt], [gte], [lt] and [lte].
func (c *call) createdFits(o object) bool {
	created := o.head().Created
	for _, bound := range []struct {
		path []string
		fits func(v int64) bool
	}{
		{[]string{"created", "gt"}, func(v int64) bool { return created > v }},
		{[]string{"created", "gte"}, func(v int64) bool { return created >= v }},
		{[]string{"created", "lt"}, func(v int64) bool { return created < v }},
		{[]string{"created", "lte"}, func(v int64) bool { return created <= v }},
	} {
		if v, given, err := c.params.number(bound.path...); given && (err != nil || !bound.fits(v)) {
			return false
		}
	}
	if n := c.params.at("created"); n != nil && n.set {
		return n.value == strconv.FormatInt(created, 10)
	}
	return true
}

func position(found []object, id string) int {
	for i, o := range found {
		if o.head().ID == id {
			return i
		}
	}
	return -1
}

func showAll(found []object) []any {
	data := make([]any, 0, len(found))
	for _, o := range found {
		fields := shown(o)
		if o.head().Object == kindEndpoint {
			delete(fields, "secret")
		}
		data = append(data, fields)
	}
	return data
}

// searchQuery is a search: clauses that all must hold.
type searchQuery []clause

type clause struct {
	field, metadataKey, value string
	negated                   bool
}

var clausePattern = regexp.MustCompile(`^\s*(-?)([a-z_]+)(?:\[["']([^"']+)["']\])?\s*:\s*(?:'([^']*)'|"([^"]*)"|([0-9a-z_]+))\s*`)

// parseQuery reads Stripe's search language as far as field:'value', metadata['key']:'value',
// a minus before them, and AND between them go.
func parseQuery(text string) (searchQuery, *apiError) {
	if text == "" {
		return nil, missingParam("query")
	}
	var query searchQuery
	for rest := text; ; {
		m := clausePattern.FindStringSubmatch(rest)
		if m == nil {
			return nil, invalid("query", "We were unable to parse your search query: %s", text)
		}
		query = append(query, clause{field: m[2], metadataKey: m[3], value: m[4] + m[5] + m[6], negated: m[1] == "-"})
		rest = rest[len(m[0]):]
		if rest == "" {
			return query, nil
		}
		joined := false
		if rest, joined = strings.CutPrefix(rest, "AND "); !joined {
			return nil, invalid("query", "We were unable to parse your search query: %s", text)
		}
	}
}

func (q searchQuery) matches(fields map[string]any) bool {
	for _, c := range q {
		value := fields[c.field]
		if c.metadataKey != "" {
			metadata, _ := fields[c.field].(map[string]any)
			value = metadata[c.metadataKey]
		}
		if equals(value, c.value) == c.negated {
			return false
		}
	}
	return true
}

func equals(value any, text string) bool {
	switch v := value.(type) {
	case string:
		return v == text
	case interface{ String() string }: // json.Number
		return v.String() == text
	default:
		return false
	}
}
