package operation

import (
	"fmt"
	"maps"
	"slices"
)

func (c *checker) checkArray(name string, s *Schema, value any) {
	items, ok := value.([]any)
	if !ok {
		c.add(name, "is not an array")
		return
	}
	if uint64(len(items)) < s.MinItems {
		c.add(name, "has fewer than %d entries", s.MinItems)
	}
	if s.MaxItems != nil && uint64(len(items)) > *s.MaxItems {
		c.add(name, "has more than %d entries", *s.MaxItems)
		return
	}
	for i, item := range items {
		c.check(fmt.Sprintf("%s[%d]", name, i), s.Items, item)
	}
}

func (c *checker) checkObject(name string, s *Schema, value any) {
	object, ok := value.(map[string]any)
	if !ok {
		c.add(name, "is not an object")
		return
	}
	for _, required := range s.Required {
		if _, there := object[required]; !there {
			c.add(join(name, required), "is required")
		}
	}
	if uint64(len(object)) < s.MinProperties {
		c.add(name, "has fewer than %d fields", s.MinProperties)
	}
	if s.MaxProperties != nil && uint64(len(object)) > *s.MaxProperties {
		c.add(name, "has more than %d entries", *s.MaxProperties)
		return
	}
	for _, key := range sortedKeys(object) {
		child := s.Properties[key]
		if child == nil {
			child = s.Values
		}
		if child == nil {
			c.add(join(name, key), "is not known")
			continue
		}
		c.check(join(name, key), child, object[key])
	}
}

// join names a field below another. Names come from the caller, so they are cut.
func join(parent, name string) string {
	const most = 64
	if runes := []rune(name); len(runes) > most {
		name = string(runes[:most])
	}
	if parent == "" {
		return name
	}
	return parent + "." + name
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
