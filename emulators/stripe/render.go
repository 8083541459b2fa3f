package stripe

import (
	"bytes"
	"encoding/json"
	"strings"
)

// shown answers an object as the API shows it: without the fields that are only stored.
func shown(o object) map[string]any {
	raw, err := json.Marshal(o)
	if err != nil { // our own structs of strings and numbers always marshal
		panic(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var fields map[string]any
	if err := decoder.Decode(&fields); err != nil {
		panic(err)
	}
	for name := range fields {
		if strings.HasPrefix(name, "_") {
			delete(fields, name)
		}
	}
	if c, ok := o.(*customer); ok && c.Deleted {
		return map[string]any{"id": c.ID, "object": c.Object, "deleted": true}
	}
	switch o.(type) {
	case *event:
		delete(fields, "metadata")
	case *refund:
		delete(fields, "livemode")
	}
	return fields
}

// maxExpandDepth is Stripe's.
const maxExpandDepth = 4

// expand replaces ids in fields by their objects along a path such as
// payment_intent.latest_charge or data.customer.
func expand(tx *transaction, fields map[string]any, path string) *apiError {
	steps := strings.Split(path, ".")
	if len(steps) > maxExpandDepth+1 {
		return invalid("expand", "You cannot expand more than %d levels of a property. Property: %s", maxExpandDepth, path)
	}
	if !expandStep(tx, fields, steps) {
		return invalid("expand", "This property cannot be expanded (%s).", path)
	}
	return nil
}

func expandStep(tx *transaction, at any, steps []string) bool {
	if len(steps) == 0 || at == nil {
		return true
	}
	switch node := at.(type) {
	case []any:
		for _, element := range node {
			if !expandStep(tx, element, steps) {
				return false
			}
		}
		return true
	case map[string]any:
		value, ok := node[steps[0]]
		if !ok {
			return false
		}
		if id, isText := value.(string); isText {
			o, known := tx.find(id)
			if !known {
				return false
			}
			value = shown(o)
			node[steps[0]] = value
		}
		return expandStep(tx, value, steps[1:])
	default:
		return false
	}
}
