package query

import (
	"slices"
	"strconv"

	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

func init() {
	for _, name := range []string{"JSON_SET", "JSON_ARRAY_APPEND", "JSON_ARRAY_INSERT"} {
		takesNames[name] = true
	}
	specials["JSON_SET"] = jsonPairs("CREATE_IF_MISSING", false, setMember)
	specials["JSON_ARRAY_APPEND"] = jsonPairs("APPEND_EACH_ELEMENT", true, func(doc value.JSONDoc, steps []jsonStep, values []value.JSONDoc, _ bool) (value.JSONDoc, error) {
		return editAt(doc, steps, func(at value.JSONDoc) (value.JSONDoc, error) { return insertedAt(at, -1, values) })
	})
	specials["JSON_ARRAY_INSERT"] = jsonPairs("INSERT_EACH_ELEMENT", true, func(doc value.JSONDoc, steps []jsonStep, values []value.JSONDoc, _ bool) (value.JSONDoc, error) {
		if len(steps) == 0 || !steps[len(steps)-1].list {
			return doc, nil
		}
		i, err := listIndex(steps[len(steps)-1])
		if err != nil {
			return nil, err
		}
		return editAt(doc, steps[:len(steps)-1], func(at value.JSONDoc) (value.JSONDoc, error) { return insertedAt(at, i, values) })
	})
}

// maxJSONList is the most elements that Spanner lets these functions give a list.
const maxJSONList = 1_000_000

var errLongList = outOfRange("Exceeded maximum array size of %d", maxJSONList)

// editPair changes a document where a path leads to.
type editPair func(doc value.JSONDoc, steps []jsonStep, values []value.JSONDoc, flag bool) (value.JSONDoc, error)

// jsonPairs makes a function of a document and pairs of a path and a value,
// with a named argument that is TRUE if left out. With spread that says whether
// an ARRAY stands for its elements.
func jsonPairs(flag string, spread bool, edit editPair) special {
	return func(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
		args, err := a.pairArgs(s, c, flag)
		if err != nil {
			return nil, err
		}
		types := make([]*value.Type, len(args))
		for i, arg := range args {
			types[i] = arg.typ()
		}
		return &call{name: functionName(c.Func), args: args, t: tJSON, lenient: true, fn: func(_ *env, v []value.Value) (value.Value, error) {
			last := len(v) - 1
			if v[0].IsNull() || v[last].IsNull() {
				return v[0], nil
			}
			doc := docOf(v[0])
			for i := 1; i < last; i += 2 {
				each := spread && v[last].AsBool() && types[i+1].Code == value.CodeArray
				if v[i].IsNull() || each && v[i+1].IsNull() {
					continue
				}
				steps, err := jsonPath(v[i].AsString())
				if err != nil {
					return value.Null(), err
				}
				made, err := valueDoc(v[i+1], types[i+1], false)
				if err != nil {
					return value.Null(), err
				}
				values := []value.JSONDoc{made}
				if list, ok := made.([]any); ok && each {
					values = list
				}
				if doc, err = edit(doc, steps, values, v[last].AsBool()); err != nil {
					return value.Null(), err
				}
			}
			return jsonOf(doc), nil
		}}, nil
	}
}

// pairArgs analyses a document, paths and values; the flag comes last.
func (a *analyzer) pairArgs(s *scope, c *ast.CallExpr, flag string) ([]expr, error) {
	name := functionName(c.Func)
	args, err := a.args(s, c)
	if err != nil {
		return nil, err
	}
	if len(args) < 3 || len(args)%2 == 0 {
		return nil, a.invalid(c.Pos(), "Number of arguments does not match for function %s", name)
	}
	only := *c
	only.Args = nil
	named, err := a.namedArgs(s, &only, []string{flag})
	if err != nil {
		return nil, err
	}
	if args = append(args, named[0]); named[0] == nil {
		args[len(args)-1] = &constant{v: value.Bool(true), t: tBool}
	}
	for i := range args {
		want := tString
		switch {
		case i == 0:
			want = tJSON
		case i == len(args)-1:
			want = tBool
		case i%2 == 0: // a value
			if args[i].typ() == nil {
				args[i], _, _ = a.coerce(args[i], tInt)
			}
			continue
		}
		if args[i], err = a.mustBe(args[i], want, "Argument of "+name, c.Pos()); err != nil {
			return nil, err
		}
	}
	return args, nil
}

func listIndex(step jsonStep) (int, error) {
	i, err := strconv.Atoi(step.name)
	if err != nil || i < 0 {
		return 0, outOfRange("Invalid JSONPath: [%s]", step.name)
	}
	if i >= maxJSONList {
		return 0, errLongList
	}
	return i, nil
}

// setMember puts a value where the steps lead to. With create it makes what is
// missing on the way; what is of another kind stays.
func setMember(doc value.JSONDoc, steps []jsonStep, values []value.JSONDoc, create bool) (value.JSONDoc, error) {
	if len(steps) == 0 {
		return values[0], nil
	}
	step := steps[0]
	if doc == nil && create {
		if doc = any(map[string]any{}); step.list {
			doc = []any{}
		}
	}
	switch d := doc.(type) {
	case map[string]any:
		member, ok := d[step.name]
		if step.list || !ok && !create {
			return doc, nil
		}
		made, err := setMember(member, steps[1:], values, create)
		d[step.name] = made
		return d, err
	case []any:
		if !step.list {
			return doc, nil
		}
		i, err := listIndex(step)
		if err != nil || i >= len(d) && !create {
			return doc, err
		}
		d = padded(d, i+1)
		d[i], err = setMember(d[i], steps[1:], values, create)
		return d, err
	}
	return doc, nil
}

// padded lengthens a list with nulls.
func padded(list []any, length int) []any {
	if length > len(list) {
		list = append(list, make([]any, length-len(list))...)
	}
	return list
}

// editAt changes what the steps lead to; nothing if they lead nowhere.
func editAt(doc value.JSONDoc, steps []jsonStep, edit func(value.JSONDoc) (value.JSONDoc, error)) (value.JSONDoc, error) {
	if len(steps) == 0 {
		return edit(doc)
	}
	var err error
	switch d := doc.(type) {
	case map[string]any:
		if member, ok := d[steps[0].name]; ok && !steps[0].list {
			d[steps[0].name], err = editAt(member, steps[1:], edit)
		}
	case []any:
		if i, bad := strconv.Atoi(steps[0].name); bad == nil && steps[0].list && i >= 0 && i < len(d) {
			d[i], err = editAt(d[i], steps[1:], edit)
		}
	}
	return doc, err
}

// insertedAt puts values into a list, or at its end with -1. A null becomes a list.
func insertedAt(doc value.JSONDoc, i int, values []value.JSONDoc) (value.JSONDoc, error) {
	list, ok := doc.([]any)
	if !ok && doc != nil {
		return doc, nil
	}
	if i < 0 {
		i = len(list)
	}
	if max(i, len(list))+len(values) > maxJSONList {
		return nil, errLongList
	}
	return slices.Insert(padded(list, i), i, values...), nil
}
