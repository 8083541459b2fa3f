package query

import (
	"github.com/cloudspannerecosystem/memefish/token"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// widens lists, for each numeric type, the types that it becomes by itself,
// the nearest first.
var widens = map[value.Code][]value.Code{
	value.CodeInt64:   {value.CodeNumeric, value.CodeFloat64},
	value.CodeNumeric: {value.CodeFloat64},
	value.CodeFloat32: {value.CodeFloat64},
}

// literalBecomes lists what literals become beyond widens.
var literalBecomes = map[value.Code][]value.Code{
	value.CodeString:  {value.CodeTimestamp, value.CodeDate, value.CodeUUID, value.CodeEnum, value.CodeProto},
	value.CodeInt64:   {value.CodeFloat32, value.CodeEnum},
	value.CodeBytes:   {value.CodeProto},
	value.CodeFloat64: {value.CodeNumeric, value.CodeFloat32},
}

const noCoercion = 1 << 20

// costColumn makes what is not a literal the last to change its type.
const costColumn = 100

// coercionCost tells how far e is from type t: 0 is the type itself, noCoercion never.
func coercionCost(e expr, t *value.Type) int {
	from := e.typ()
	if from == nil || from.Equal(t) {
		return 0
	}
	for i, c := range widens[from.Code] {
		if c == t.Code && becomes(e) {
			return 1 + i
		} else if c == t.Code {
			return costColumn + i
		}
	}
	_, isParam := e.(*param)
	if becomes(e) || isParam && isProto(t) {
		for i, c := range literalBecomes[from.Code] {
			if c == t.Code {
				return 5 + i
			}
		}
	}
	if from.Code == value.CodeArray && t.Code == value.CodeArray {
		return arrayCost(e, t)
	}
	if from.Code == value.CodeStruct && t.Code == value.CodeStruct && len(from.Fields) == len(t.Fields) {
		return structCost(e, t)
	}
	return noCoercion
}

// becomes reports whether e coerces as literals do: literals themselves, and STRING parameters.
func becomes(e expr) bool {
	switch x := e.(type) {
	case *constant:
		return x.literal
	case *param:
		return x.typ().Code == value.CodeString
	}
	return false
}

func arrayCost(e expr, t *value.Type) int {
	if isEmptyArray(e) {
		return 1
	}
	if from, to := e.typ().Elem, t.Elem; from.Code == value.CodeStruct && to.Code == value.CodeStruct && sameFields(from, to) {
		return 1
	}
	return noCoercion
}

// sameFields reports whether two struct types differ at most in names.
func sameFields(t, u *value.Type) bool {
	if len(t.Fields) != len(u.Fields) {
		return false
	}
	for i := range t.Fields {
		f, g := t.Fields[i].Type, u.Fields[i].Type
		structs := f.Code == value.CodeStruct && g.Code == value.CodeStruct
		if !f.Equal(g) && (!structs || !sameFields(f, g)) {
			return false
		}
	}
	return true
}

func structCost(e expr, t *value.Type) int {
	worst := 1
	lit, ok := e.(*structLiteral)
	for i, f := range t.Fields {
		switch {
		case ok:
			worst = max(worst, coercionCost(lit.fields[i], f.Type))
		case !e.typ().Fields[i].Type.Equal(f.Type):
			return noCoercion
		}
	}
	return worst
}

// coerce returns e as an expression of type t, or false if e does not become t by itself.
func (a *analyzer) coerce(e expr, t *value.Type) (expr, bool, error) {
	cost := coercionCost(e, t)
	if cost >= noCoercion {
		return e, false, nil
	}
	switch x := e.(type) {
	case *param:
		if x.typ() == nil {
			return e, true, a.infer(x, t)
		}
	case *constant:
		if x.t == nil {
			return &constant{t: t}, true, nil
		}
		if cost > 0 {
			v, err := castValue(x.v, x.t, t, a.zone)
			return &constant{v: v, t: t, literal: x.literal}, true, err
		}
	case *arrayLiteral:
		if cost > 0 || x.t == nil {
			return a.coerceArray(x, t)
		}
	case *structLiteral:
		if cost > 0 {
			return a.coerceStruct(x, t)
		}
	}
	if e.typ() == nil { // an untyped expression of another kind, such as COALESCE(NULL, NULL)
		return &cast{a: e, t: t}, true, nil
	}
	if cost == 0 || e.typ().Code == value.CodeStruct {
		return e, true, nil
	}
	return &cast{a: e, from: e.typ(), t: t}, true, nil
}

func (a *analyzer) coerceArray(x *arrayLiteral, t *value.Type) (expr, bool, error) {
	out := &arrayLiteral{t: t, items: make([]expr, len(x.items)), typed: x.typed}
	for i, item := range x.items {
		c, ok, err := a.coerce(item, t.Elem)
		if !ok || err != nil {
			return x, ok, err
		}
		out.items[i] = c
	}
	return out, true, nil
}

func (a *analyzer) coerceStruct(x *structLiteral, t *value.Type) (expr, bool, error) {
	out := &structLiteral{t: t, fields: make([]expr, len(x.fields))}
	for i, f := range x.fields {
		c, ok, err := a.coerce(f, t.Fields[i].Type)
		if !ok || err != nil {
			return x, ok, err
		}
		out.fields[i] = c
	}
	return out, true, nil
}

// superType returns the type that all expressions become by themselves, nil if
// none has a type, or false if there is none.
func superType(list []expr) (*value.Type, bool) {
	var candidates []*value.Type
	for _, e := range list {
		if t := e.typ(); t != nil {
			candidates = append(candidates, t)
			for _, c := range widens[t.Code] {
				candidates = append(candidates, value.ScalarType(c))
			}
		}
	}
	if len(candidates) == 0 {
		return nil, true
	}
	var best *value.Type
	bestCost := noCoercion
	for _, t := range candidates {
		total := 0
		for _, e := range list {
			total = min(total+coercionCost(e, t), noCoercion)
		}
		if total < bestCost {
			best, bestCost = t, total
		}
	}
	return best, best != nil
}

// unify coerces all expressions of the list, in place, to their common type.
func (a *analyzer) unify(list []expr, what string, pos token.Pos) (*value.Type, error) {
	t, ok := superType(list)
	if !ok {
		return nil, a.invalid(pos, "No matching signature for %s for argument types: %s", what, typeList(list))
	}
	if t == nil {
		t = value.TypeInt64 // NULLs and untyped parameters only
	}
	for i, e := range list {
		c, ok, err := a.coerce(e, t)
		if err != nil {
			return nil, a.located(err, pos)
		}
		if !ok {
			return nil, a.invalid(pos, "No matching signature for %s for argument types: %s", what, typeList(list))
		}
		list[i] = c
	}
	return t, nil
}

func typeList(list []expr) string {
	text := ""
	for i, e := range list {
		if i > 0 {
			text += ", "
		}
		text += e.typ().String()
	}
	return text
}

// mustBe coerces e to type t or says that what has the wrong type.
func (a *analyzer) mustBe(e expr, t *value.Type, what string, pos token.Pos) (expr, error) {
	c, ok, err := a.coerce(e, t)
	if err != nil {
		return nil, a.located(err, pos)
	}
	if !ok {
		return nil, a.invalid(pos, "%s should be type %s, but is of type %s", what, t, e.typ())
	}
	return c, nil
}
