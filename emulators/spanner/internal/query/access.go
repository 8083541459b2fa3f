package query

import (
	"encoding/json"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// fieldOf reads a field of a STRUCT.
type fieldOf struct {
	a     expr
	index int
	t     *value.Type
}

func (f *fieldOf) typ() *value.Type       { return f.t }
func (f *fieldOf) kids(visit func(*expr)) { visit(&f.a) }
func (f *fieldOf) eval(e *env) (value.Value, error) {
	v, err := f.a.eval(e)
	if err != nil || v.IsNull() {
		return value.Null(), err
	}
	return v.Elems()[f.index], nil
}

// field analyses e.id.
func (a *analyzer) field(e expr, id *ast.Ident) (expr, error) {
	t := e.typ()
	if t != nil && t.Code == value.CodeJSON {
		name := id.Name
		return &unary{name: "." + name, a: e, t: value.TypeJSON, fn: func(v value.Value) (value.Value, error) {
			return jsonMember(v, name), nil
		}}, nil
	}
	if t != nil && t.Code == value.CodeProto {
		return a.protoField(e, id)
	}
	if p, untyped := e.(*param); untyped && t == nil {
		return nil, a.invalid(id.NamePos, "Cannot access field %s on parameter %s whose type is unknown", id.Name, p.info.name)
	}
	if t == nil || t.Code != value.CodeStruct {
		return nil, a.invalid(id.NamePos, "Cannot access field %s on a value with type %s", id.Name, t)
	}
	hit := -1
	for i, f := range t.Fields {
		if strings.EqualFold(f.Name, id.Name) {
			if hit >= 0 {
				return nil, a.invalid(id.NamePos, "Struct field name %s is ambiguous", id.Name)
			}
			hit = i
		}
	}
	if hit < 0 {
		return nil, a.invalid(id.NamePos, "Field name %s does not exist in %s", id.Name, t)
	}
	return &fieldOf{a: e, index: hit, t: t.Fields[hit].Type}, nil
}

func (a *analyzer) selector(s *scope, n *ast.SelectorExpr) (expr, error) {
	if ids := flattenSelector(n); ids != nil {
		return a.path(s, ids)
	}
	e, err := a.expr(s, n.Expr)
	if err != nil {
		return nil, err
	}
	return a.field(e, n.Ident)
}

// flattenSelector returns the identifiers of a.b.c, or nil if the base is another expression.
func flattenSelector(n *ast.SelectorExpr) []*ast.Ident {
	var reversed []*ast.Ident
	var at ast.Expr = n
	for {
		switch x := at.(type) {
		case *ast.SelectorExpr:
			reversed = append(reversed, x.Ident)
			at = x.Expr
			continue
		case *ast.Ident:
			reversed = append(reversed, x)
		case *ast.Path:
			for i := len(x.Idents) - 1; i >= 0; i-- {
				reversed = append(reversed, x.Idents[i])
			}
		default:
			return nil
		}
		break
	}
	ids := make([]*ast.Ident, len(reversed))
	for i, id := range reversed {
		ids[len(ids)-1-i] = id
	}
	return ids
}

// subscript analyses array[OFFSET(i)] and its kin, and json[i].
func (a *analyzer) subscript(s *scope, n *ast.IndexExpr) (expr, error) {
	base, err := a.expr(s, n.Expr)
	if err != nil {
		return nil, err
	}
	keyword, node := ast.PositionKeyword(""), ast.Expr(nil)
	switch spec := n.Index.(type) {
	case *ast.SubscriptSpecifierKeyword:
		keyword, node = spec.Keyword, spec.Expr
	case *ast.ExprArg:
		node = spec.Expr
	default:
		return nil, a.unsupported(n.Pos(), "this subscript")
	}
	index, err := a.expr(s, node)
	if err != nil {
		return nil, err
	}
	t := base.typ()
	if t != nil && t.Code == value.CodeJSON && keyword == "" {
		return a.jsonSubscript(base, index, node)
	}
	if t == nil || t.Code != value.CodeArray {
		return nil, a.invalid(n.Pos(), "Element access using [] is not supported on values of type %s", t)
	}
	if keyword == "" {
		return nil, a.invalid(node.Pos(), "Array element access with array[position] is not supported. Use array[OFFSET(zero_based_offset)] or array[ORDINAL(one_based_ordinal)]")
	}
	if index, err = a.mustBe(index, value.TypeInt64, "Array position", node.Pos()); err != nil {
		return nil, err
	}
	upper := strings.ToUpper(string(keyword))
	safe := strings.HasPrefix(upper, "SAFE_")
	first := int64(0)
	if strings.HasSuffix(upper, "ORDINAL") {
		first = 1
	}
	return &binary{name: "[" + upper + "]", a: base, b: index, t: t.Elem, fn: func(arr, i value.Value) (value.Value, error) {
		at := i.AsInt64() - first
		if i.AsInt64() < first || at >= int64(len(arr.Elems())) {
			if safe {
				return value.Null(), nil
			}
			return value.Null(), outOfRange("Array index %d is out of bounds", i.AsInt64())
		}
		return arr.Elems()[at], nil
	}}, nil
}

func (a *analyzer) jsonSubscript(base, index expr, node ast.Expr) (expr, error) {
	if index.typ() != nil && index.typ().Code == value.CodeInt64 {
		return &binary{name: "[]", a: base, b: index, t: value.TypeJSON, fn: func(doc, i value.Value) (value.Value, error) {
			parsed, err := value.ParseJSON(doc.AsString())
			list, ok := parsed.([]any)
			if err != nil || !ok || i.AsInt64() < 0 || i.AsInt64() >= int64(len(list)) {
				return value.Null(), nil //nolint:nilerr // what is not there is NULL
			}
			return value.JSON(value.JSONText(list[i.AsInt64()])), nil
		}}, nil
	}
	index, err := a.mustBe(index, value.TypeString, "JSON subscript", node.Pos())
	if err != nil {
		return nil, err
	}
	return &binary{name: "[]", a: base, b: index, t: value.TypeJSON, fn: func(doc, key value.Value) (value.Value, error) {
		return jsonMember(doc, key.AsString()), nil
	}}, nil
}

func jsonMember(doc value.Value, name string) value.Value {
	parsed, err := value.ParseJSON(doc.AsString())
	object, ok := parsed.(map[string]any)
	if err != nil || !ok {
		return value.Null()
	}
	member, ok := object[name]
	if !ok {
		return value.Null()
	}
	return value.JSON(value.JSONText(member))
}

// jsonScalar returns a JSON scalar as SQL text: JSON null, objects and arrays are NULL.
func jsonScalar(doc value.JSONDoc) value.Value {
	switch d := doc.(type) {
	case string:
		return value.String(d)
	case bool:
		return value.String(value.Bool(d).Text())
	case json.Number:
		return value.String(d.String())
	}
	return value.Null()
}
