package query

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
)

// Cache keeps prepared statements, so that a statement that is sent often is
// analysed once a version of the schema.
type Cache struct {
	size int
	mu   sync.Mutex
	kept map[cacheKey]*Statement
}

type cacheKey struct {
	cat        Catalog
	sql, types string
}

// NewCache returns a cache of at most size statements.
func NewCache(size int) *Cache {
	return &Cache{size: size, kept: map[cacheKey]*Statement{}}
}

// Prepare is the function Prepare, with memory.
func (c *Cache) Prepare(cat Catalog, sql string, types map[string]*spannerpb.Type) (*Statement, error) {
	key := cacheKey{cat: cat, sql: sql, types: typesKey(types)}
	c.mu.Lock()
	st, ok := c.kept[key]
	c.mu.Unlock()
	if ok {
		return st, nil
	}
	st, err := Prepare(cat, sql, types)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.kept) >= c.size {
		clear(c.kept)
	}
	c.kept[key] = st
	return st, nil
}

func typesKey(types map[string]*spannerpb.Type) string {
	if len(types) == 0 {
		return ""
	}
	names := make([]string, 0, len(types))
	for name := range types {
		names = append(names, name)
	}
	slices.Sort(names)
	var out strings.Builder
	for _, name := range names {
		t := types[name]
		if t.GetArrayElementType() == nil && t.GetStructType() == nil {
			fmt.Fprintf(&out, "%s %d;", name, t.GetCode())
		} else {
			fmt.Fprintf(&out, "%s %s;", name, t.String())
		}
	}
	return out.String()
}
