package query

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

func init() {
	specials["TO_JSON"] = toJSON
	takesNames["TO_JSON"] = true
	specials["JSON_ARRAY"] = jsonArray
	specials["JSON_OBJECT"] = jsonObject
	define("JSON_KEYS", signature{args: types(tJSON, tInt), optional: 1, ret: value.ArrayOf(tString), fn: jsonKeys})
	define("JSON_CONTAINS", signature{args: types(tJSON, tJSON), ret: tBool, fn: func(_ *env, a []value.Value) (value.Value, error) {
		return value.Bool(jsonContains(docOf(a[0]), docOf(a[1]), true)), nil
	}})
}

// docOf decodes a JSON value, which was checked when it was made.
func docOf(v value.Value) value.JSONDoc {
	doc, _ := value.ParseJSON(v.AsString())
	return doc
}

func jsonOf(doc value.JSONDoc) value.Value { return value.JSON(value.JSONText(doc)) }

// wideInteger is the greatest integer that a FLOAT64 tells from its neighbours.
const wideInteger = 1 << 53

// valueDoc returns a value as a JSON document. With wide, numbers that a
// FLOAT64 cannot hold become strings.
func valueDoc(v value.Value, t *value.Type, wide bool) (value.JSONDoc, error) {
	switch v.Code() {
	case value.CodeNull:
		return nil, nil
	case value.CodeBool:
		return v.AsBool(), nil
	case value.CodeInt64:
		if wide && (v.AsInt64() > wideInteger || v.AsInt64() < -wideInteger) {
			return v.Text(), nil
		}
		return json.Number(v.Text()), nil
	case value.CodeFloat64, value.CodeFloat32:
		f := floatOf(v)
		switch {
		case math.IsNaN(f):
			return "NaN", nil
		case math.IsInf(f, 1):
			return "Infinity", nil
		case math.IsInf(f, -1):
			return "-Infinity", nil
		}
		return value.ParseJSON(value.FloatText(f, floatBits(v)))
	case value.CodeNumeric:
		return numericDoc(v.Text(), wide)
	case value.CodeBytes:
		return base64.StdEncoding.EncodeToString(v.AsBytes()), nil
	case value.CodeTimestamp:
		return v.AsTime().Format(time.RFC3339Nano), nil
	case value.CodeJSON:
		return value.ParseJSON(v.AsString())
	case value.CodeArray:
		list := make([]any, len(v.Elems()))
		for i, elem := range v.Elems() {
			var err error
			if list[i], err = valueDoc(elem, t.Elem, wide); err != nil {
				return nil, err
			}
		}
		return list, nil
	case value.CodeStruct:
		return structDoc(v, t, wide)
	case value.CodeProto, value.CodeEnum:
		return nil, unimplemented("%s as JSON", t)
	}
	return v.Text(), nil
}

func floatBits(v value.Value) int {
	if v.Code() == value.CodeFloat32 {
		return 32
	}
	return 64
}

func structDoc(v value.Value, t *value.Type, wide bool) (value.JSONDoc, error) {
	object := map[string]any{}
	for i, elem := range v.Elems() {
		doc, err := valueDoc(elem, t.Fields[i].Type, wide)
		if err != nil {
			return nil, err
		}
		if _, dup := object[t.Fields[i].Name]; !dup {
			object[t.Fields[i].Name] = doc
		}
	}
	return object, nil
}

// toJSON is TO_JSON(value [, stringify_wide_numbers => BOOL]).
func toJSON(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
	args, err := a.namedArgs(s, c, []string{"VALUE", "STRINGIFY_WIDE_NUMBERS"})
	if err != nil {
		return nil, err
	}
	if args[0] == nil {
		return nil, a.invalid(c.Pos(), "Number of arguments does not match for function TO_JSON")
	}
	if args[0].typ() == nil {
		args[0], _, _ = a.coerce(args[0], tInt)
	}
	if args[1] == nil {
		args[1] = &constant{v: value.Bool(false), t: tBool}
	}
	if args[1], err = a.mustBe(args[1], tBool, "stringify_wide_numbers", c.Pos()); err != nil {
		return nil, err
	}
	t := args[0].typ()
	return &call{name: "TO_JSON", args: args, t: tJSON, lenient: true, fn: func(_ *env, v []value.Value) (value.Value, error) {
		if v[1].IsNull() {
			return value.Null(), nil
		}
		doc, err := valueDoc(v[0], t, v[1].AsBool())
		return jsonOf(doc), err
	}}, nil
}

// jsonCall analyses a function of values of any type that makes JSON of them, NULLs too.
func (a *analyzer) jsonCall(s *scope, c *ast.CallExpr, untyped *value.Type, build func(docs []value.JSONDoc, v []value.Value) (value.JSONDoc, error)) (expr, error) {
	args, err := a.args(s, c)
	if err != nil {
		return nil, err
	}
	list := make([]*value.Type, len(args))
	for i := range args {
		if args[i].typ() == nil {
			args[i], _, _ = a.coerce(args[i], untyped)
		}
		list[i] = args[i].typ()
	}
	return &call{name: functionName(c.Func), args: args, t: tJSON, lenient: true, fn: func(_ *env, v []value.Value) (value.Value, error) {
		docs := slices.Grow([]value.JSONDoc(nil), len(v))
		for i := range v {
			doc, err := valueDoc(v[i], list[i], false)
			if err != nil {
				return value.Null(), err
			}
			docs = append(docs, doc)
		}
		doc, err := build(docs, v)
		return jsonOf(doc), err
	}}, nil
}

func jsonArray(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
	return a.jsonCall(s, c, tInt, func(docs []value.JSONDoc, _ []value.Value) (value.JSONDoc, error) {
		return append([]any{}, docs...), nil
	})
}

// jsonObject is JSON_OBJECT(key, value, ...) or JSON_OBJECT(keys, values); of equal keys the first counts.
func jsonObject(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
	if len(c.Args)%2 == 1 {
		return nil, a.invalid(c.Pos(), "JSON_OBJECT takes keys and values in turn")
	}
	arrays := false
	e, err := a.jsonCall(s, c, tString, func(docs []value.JSONDoc, v []value.Value) (value.JSONDoc, error) {
		if arrays {
			return objectOfArrays(docs, v)
		}
		object := map[string]any{}
		for i := 0; i < len(docs); i += 2 {
			if err := addMember(object, v[i], docs[i+1]); err != nil {
				return nil, err
			}
		}
		return object, nil
	})
	if err != nil {
		return nil, err
	}
	args := e.(*call).args
	arrays = len(args) == 2 && args[0].typ().Code == value.CodeArray
	if arrays {
		if args[1].typ().Code != value.CodeArray {
			return nil, a.invalid(c.Pos(), "No matching signature for function JSON_OBJECT for argument types: %s", typeList(args))
		}
		args[0], err = a.mustBe(args[0], value.ArrayOf(tString), "Keys of JSON_OBJECT", c.Pos())
		return e, err
	}
	for i := 0; i < len(args); i += 2 {
		if args[i], err = a.mustBe(args[i], tString, "Key of JSON_OBJECT", c.Pos()); err != nil {
			return nil, err
		}
	}
	return e, nil
}

func objectOfArrays(docs []value.JSONDoc, v []value.Value) (value.JSONDoc, error) {
	if v[0].IsNull() || v[1].IsNull() {
		return nil, outOfRange("Invalid input to JSON_OBJECT: The arrays of keys and values cannot be NULL")
	}
	keys, values := v[0].Elems(), docs[1].([]any)
	if len(keys) != len(values) {
		return nil, outOfRange("Invalid input to JSON_OBJECT: The number of keys and values must match")
	}
	object := map[string]any{}
	for i, key := range keys {
		if err := addMember(object, key, values[i]); err != nil {
			return nil, err
		}
	}
	return object, nil
}

func addMember(object map[string]any, key value.Value, doc value.JSONDoc) error {
	if key.IsNull() {
		return outOfRange("Invalid input to JSON_OBJECT: A key cannot be NULL")
	}
	if _, dup := object[key.AsString()]; !dup {
		object[key.AsString()] = doc
	}
	return nil
}

func jsonKeys(_ *env, a []value.Value) (value.Value, error) {
	depth := int64(math.MaxInt64)
	if len(a) == 2 {
		if depth = a[1].AsInt64(); depth < 1 {
			return value.Null(), outOfRange("max_depth of JSON_KEYS must be positive")
		}
	}
	keys := map[string]bool{}
	collectKeys(docOf(a[0]), "", depth, keys)
	elems := []value.Value{}
	for k := range keys {
		elems = append(elems, value.String(k))
	}
	sortValues(elems)
	return value.Array(elems), nil
}

// collectKeys collects the keys of objects in objects, not of those in lists.
func collectKeys(doc value.JSONDoc, prefix string, depth int64, keys map[string]bool) {
	object, ok := doc.(map[string]any)
	if !ok || depth == 0 {
		return
	}
	for k, member := range object {
		if strings.ContainsAny(k, `."[] `) || k == "" {
			k = `"` + strings.ReplaceAll(k, `"`, `\"`) + `"`
		}
		keys[prefix+k] = true
		collectKeys(member, prefix+k+".", depth-1, keys)
	}
}

// jsonContains: objects contain objects with some of their members, lists those
// whose every element they contain, and at the top a list a scalar.
func jsonContains(doc, part value.JSONDoc, top bool) bool {
	switch d := doc.(type) {
	case map[string]any:
		p, ok := part.(map[string]any)
		if !ok {
			return false
		}
		for k, want := range p {
			if member, ok := d[k]; !ok || !jsonContains(member, want, false) {
				return false
			}
		}
		return true
	case []any:
		p, ok := part.([]any)
		if !ok {
			if _, isObject := part.(map[string]any); isObject || !top {
				return false
			}
			p = []any{part}
		}
		for _, want := range p {
			if !slices.ContainsFunc(d, func(elem any) bool { return jsonContains(elem, want, false) }) {
				return false
			}
		}
		return true
	}
	return value.JSONText(doc) == value.JSONText(part)
}
