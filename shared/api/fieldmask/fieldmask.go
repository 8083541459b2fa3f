// Package fieldmask tells which fields a PATCH changes (AIP-134): those that updateMask
// names, else those that the body has.
package fieldmask

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/kwipper/kwipper/shared/fault"
)

// etagField is part of bodies, but a condition and no change.
const etagField = "etag"

// Mask is a set of field names.
type Mask map[string]bool

// Of returns the mask of a request. The mask may name only fields among changeable; "*"
// and paths below a field are not supported, since maps are replaced whole.
func Of(updateMask string, body []byte, changeable ...string) (Mask, error) {
	var names []string
	if updateMask != "" {
		names = strings.Split(updateMask, ",")
	} else {
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(body, &fields); err != nil {
			return nil, fault.Invalid(fault.Field{Name: "body", Description: "is not a JSON object"})
		}
		delete(fields, etagField)
		for name := range fields {
			names = append(names, name)
		}
	}
	mask := Mask{}
	for _, name := range names {
		if !slices.Contains(changeable, name) {
			return nil, fault.Invalid(fault.Field{Name: "updateMask", Description: "names what cannot be changed; " + strings.Join(changeable, ", ") + " can"})
		}
		mask[name] = true
	}
	return mask, nil
}

// Set assigns value to target when the mask has the field.
func Set[T any](m Mask, field string, target *T, value T) {
	if m[field] {
		*target = value
	}
}
