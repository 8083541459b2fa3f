package query

import (
	"strconv"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

func init() {
	for _, t := range types(tJSON, tString) {
		ret := t
		define("JSON_VALUE", signature{args: types(t, tString), fixed: 1, optional: 1, ret: tString, fn: func(_ *env, a []value.Value) (value.Value, error) {
			doc, found, err := jsonAt(a)
			if err != nil || !found {
				return value.Null(), err
			}
			return jsonScalar(doc), nil
		}})
		define("JSON_QUERY", signature{args: types(t, tString), fixed: 1, ret: ret, fn: func(_ *env, a []value.Value) (value.Value, error) {
			doc, found, err := jsonAt(a)
			if err != nil || !found {
				return value.Null(), err
			}
			if ret == tString {
				return value.String(value.JSONText(doc)), nil
			}
			return value.JSON(value.JSONText(doc)), nil
		}})
	}
	defineJSONConversions()
}

func defineJSONConversions() {
	specials["PARSE_JSON"], takesNames["PARSE_JSON"] = parseJSON, true
	specials["TO_JSON_STRING"] = toJSONString
	define("JSON_TYPE", signature{args: types(tJSON), ret: tString, fn: func(_ *env, a []value.Value) (value.Value, error) {
		doc, err := value.ParseJSON(a[0].AsString())
		kind := "number"
		switch doc.(type) {
		case nil:
			kind = "null"
		case bool:
			kind = "boolean"
		case string:
			kind = "string"
		case []any:
			kind = "array"
		case map[string]any:
			kind = "object"
		}
		return value.String(kind), err
	}})
}

// jsonAt follows a path such as $.a.b[0] or $."a b". JSON text that is wrong has nothing.
func jsonAt(a []value.Value) (value.JSONDoc, bool, error) {
	path := "$"
	if len(a) == 2 {
		path = a[1].AsString()
	}
	steps, err := jsonPath(path)
	if err != nil {
		return nil, false, err
	}
	doc, err := value.ParseJSON(a[0].AsString())
	if err != nil {
		return nil, false, nil //nolint:nilerr // a document that is none holds nothing
	}
	for _, step := range steps {
		switch d := doc.(type) {
		case map[string]any:
			member, ok := d[step.name]
			if !ok {
				return nil, false, nil
			}
			doc = member
		case []any:
			i, err := strconv.Atoi(step.name)
			if err != nil || i < 0 || i >= len(d) {
				return nil, false, nil //nolint:nilerr // a list has no such member
			}
			doc = d[i]
		default:
			return nil, false, nil
		}
	}
	return doc, true, nil
}

// jsonStep leads to a member of an object by its name, or with list, from
// [n], to an element.
type jsonStep struct {
	name string
	list bool
}

func jsonPath(path string) ([]jsonStep, error) {
	bad := outOfRange("Invalid JSONPath: %s", path)
	rest, ok := strings.CutPrefix(path, "$")
	if !ok {
		return nil, bad
	}
	var steps []jsonStep
	for rest != "" {
		var step string
		list := false
		switch {
		case strings.HasPrefix(rest, `."`):
			if step, rest, ok = strings.Cut(rest[2:], `"`); !ok {
				return nil, bad
			}
		case rest[0] == '.':
			end := strings.IndexAny(rest[1:], ".[")
			if end < 0 {
				end = len(rest) - 1
			}
			step, rest = rest[1:1+end], rest[1+end:]
			if step == "" {
				return nil, bad
			}
		case rest[0] == '[':
			if step, rest, ok = strings.Cut(rest[1:], "]"); !ok || step == "" {
				return nil, bad
			}
			bare := strings.Trim(step, `'"`)
			step, list = bare, bare == step
		default:
			return nil, bad
		}
		steps = append(steps, jsonStep{name: step, list: list})
	}
	return steps, nil
}

// parseJSON is PARSE_JSON(text [, wide_number_mode => 'exact' or 'round']).
func parseJSON(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
	args, err := a.namedArgs(s, c, []string{"JSON_STRING_EXPR", "WIDE_NUMBER_MODE"})
	if err != nil {
		return nil, err
	}
	if args[0] == nil {
		return nil, a.invalid(c.Pos(), "Number of arguments does not match for function PARSE_JSON")
	}
	if args[1] == nil {
		args[1] = &constant{v: value.String("exact"), t: tString}
	}
	for i := range args {
		if args[i], err = a.mustBe(args[i], tString, "Argument of PARSE_JSON", c.Pos()); err != nil {
			return nil, err
		}
	}
	return &call{name: "PARSE_JSON", args: args, t: tJSON, fn: func(_ *env, v []value.Value) (value.Value, error) {
		parse := value.NormalizeJSON
		switch v[1].AsString() {
		case "exact":
		case "round":
			parse = value.RoundJSON
		default:
			return value.Null(), outOfRange("Invalid wide_number_mode specified: %s", v[1].AsString())
		}
		text, err := parse(v[0].AsString())
		if err != nil {
			return value.Null(), outOfRange("Invalid input to PARSE_JSON: %v", err)
		}
		return value.JSON(text), nil
	}}, nil
}

// toJSONString is TO_JSON_STRING(json); Spanner knows it of no other type.
func toJSONString(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
	args, err := a.args(s, c)
	if err == nil {
		err = a.count(c, 1, 1)
	}
	if err != nil {
		return nil, err
	}
	if t := args[0].typ(); t != nil && t.Code != value.CodeJSON {
		return nil, a.unsupported(c.Pos(), "TO_JSON_STRING is not supported on values of type %s: it", t)
	}
	if args[0], err = a.mustBe(args[0], tJSON, "Argument of TO_JSON_STRING", c.Pos()); err != nil {
		return nil, err
	}
	return &call{name: "TO_JSON_STRING", args: args, t: tString, fn: func(_ *env, v []value.Value) (value.Value, error) {
		return value.String(v[0].AsString()), nil
	}}, nil
}

// numericDoc returns a NUMERIC as a number, if a FLOAT64 or an INT64 keeps it.
func numericDoc(text string, wide bool) (value.JSONDoc, error) {
	doc, err := value.ParseJSON(text)
	if err != nil && !wide {
		return nil, outOfRange("Failed to convert type NUMERIC to JSON: %v", err)
	}
	if n, parseErr := strconv.ParseInt(text, 10, 64); err != nil || wide && parseErr == nil && (n > wideInteger || n < -wideInteger) {
		doc = text
	}
	return doc, nil
}
