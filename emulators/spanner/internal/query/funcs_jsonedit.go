package query

import (
	"strconv"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

func init() {
	define("JSON_REMOVE", signature{args: types(tJSON, tString), rest: tString, ret: tJSON, fn: func(_ *env, a []value.Value) (value.Value, error) {
		doc := docOf(a[0])
		for _, path := range a[1:] {
			steps, err := jsonPath(path.AsString())
			if err == nil && len(steps) == 0 {
				err = outOfRange("The JSONPath cannot be '$'")
			}
			if err != nil {
				return value.Null(), err
			}
			doc = withoutMember(doc, steps)
		}
		return jsonOf(doc), nil
	}})
	define("JSON_STRIP_NULLS", signature{args: types(tJSON), ret: tJSON, fn: func(_ *env, a []value.Value) (value.Value, error) {
		doc, _ := stripNulls(docOf(a[0]))
		return jsonOf(doc), nil
	}})
	for _, t := range types(tJSON, tString) {
		define("JSON_VALUE_ARRAY", signature{args: types(t, tString), fixed: 1, optional: 1, ret: value.ArrayOf(tString), fn: jsonValueArray})
		define("JSON_QUERY_ARRAY", signature{args: types(t, tString), fixed: 1, optional: 1, ret: value.ArrayOf(t), fn: jsonQueryArray})
	}
}

// withoutMember removes what a path leads to; what is not there stays away.
func withoutMember(doc value.JSONDoc, steps []jsonStep) value.JSONDoc {
	switch d := doc.(type) {
	case map[string]any:
		member, ok := d[steps[0].name]
		switch {
		case !ok:
		case len(steps) == 1:
			delete(d, steps[0].name)
		default:
			d[steps[0].name] = withoutMember(member, steps[1:])
		}
		return d
	case []any:
		i, err := strconv.Atoi(steps[0].name)
		switch {
		case err != nil || i < 0 || i >= len(d):
		case len(steps) == 1:
			return append(d[:i], d[i+1:]...)
		default:
			d[i] = withoutMember(d[i], steps[1:])
		}
		return d
	}
	return doc
}

// stripNulls removes nulls from objects and lists, and tells whether doc is one itself.
func stripNulls(doc value.JSONDoc) (value.JSONDoc, bool) {
	switch d := doc.(type) {
	case nil:
		return nil, true
	case map[string]any:
		for k, member := range d {
			kept, isNull := stripNulls(member)
			if d[k] = kept; isNull {
				delete(d, k)
			}
		}
		return d, false
	case []any:
		kept := d[:0]
		for _, elem := range d {
			if e, isNull := stripNulls(elem); !isNull {
				kept = append(kept, e)
			}
		}
		return kept, false
	}
	return doc, false
}

// jsonList returns the list that a path leads to, or false if there is none.
func jsonList(a []value.Value) ([]any, bool, error) {
	doc, found, err := jsonAt(a)
	list, ok := doc.([]any)
	return list, found && ok, err
}

func jsonValueArray(_ *env, a []value.Value) (value.Value, error) {
	list, ok, err := jsonList(a)
	if err != nil || !ok {
		return value.Null(), err
	}
	elems := make([]value.Value, len(list))
	for i, doc := range list {
		switch doc.(type) {
		case map[string]any, []any:
			return value.Null(), nil // only lists of scalars are read
		}
		elems[i] = jsonScalar(doc)
	}
	return value.Array(elems), nil
}

func jsonQueryArray(_ *env, a []value.Value) (value.Value, error) {
	list, ok, err := jsonList(a)
	if err != nil || !ok {
		return value.Null(), err
	}
	elems := make([]value.Value, len(list))
	for i, doc := range list {
		if elems[i] = jsonOf(doc); a[0].Code() == value.CodeString {
			elems[i] = value.String(value.JSONText(doc))
		}
	}
	return value.Array(elems), nil
}
