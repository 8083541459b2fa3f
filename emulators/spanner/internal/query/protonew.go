package query

import (
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// newMessage makes a message of the values of fields, or changes fields of one.
type newMessage struct {
	t      *value.Type
	base   expr // nil for a new message
	fields []messageField
}

// messageField is one field that newMessage sets; path leads to it through messages.
type messageField struct {
	path []protoreflect.FieldDescriptor
	e    expr
}

func (n *newMessage) typ() *value.Type { return n.t }
func (n *newMessage) kids(visit func(*expr)) {
	if n.base != nil {
		visit(&n.base)
	}
	for i := range n.fields {
		visit(&n.fields[i].e)
	}
}

func (n *newMessage) eval(e *env) (value.Value, error) {
	m := dynamicpb.NewMessage(n.t.Message)
	if n.base != nil {
		v, err := n.base.eval(e)
		if err != nil || v.IsNull() {
			return value.Null(), err
		}
		if m, err = message(v, n.t); err != nil {
			return value.Null(), err
		}
	}
	for _, f := range n.fields {
		v, err := f.e.eval(e)
		if err != nil {
			return value.Null(), err
		}
		if err := setField(m, f.path, v); err != nil {
			return value.Null(), err
		}
	}
	return protoValue(m)
}

// setField sets a field, or clears it for NULL.
func setField(m protoreflect.Message, path []protoreflect.FieldDescriptor, v value.Value) error {
	for _, f := range path[:len(path)-1] {
		m = m.Mutable(f).Message()
	}
	f := path[len(path)-1]
	m.Clear(f)
	switch {
	case v.IsNull() && f.Cardinality() == protoreflect.Required:
		return outOfRange("Cannot set required field %s to NULL", f.FullName())
	case v.IsNull():
		return nil
	case f.IsMap():
		return setMap(m, f, v)
	case f.IsList():
		list := m.Mutable(f).List()
		for _, elem := range v.Elems() {
			x, err := fieldOfValue(f, elem)
			if err != nil {
				return err
			}
			list.Append(x)
		}
		return nil
	}
	x, err := fieldOfValue(f, v)
	if err == nil {
		m.Set(f, x)
	}
	return err
}

func setMap(m protoreflect.Message, f protoreflect.FieldDescriptor, v value.Value) error {
	entries := m.Mutable(f).Map()
	for _, elem := range v.Elems() {
		if elem.IsNull() {
			return outOfRange("Cannot add a NULL value to repeated field %s", f.FullName())
		}
		entry, err := message(elem, value.ProtoOf(f.Message()))
		if err != nil {
			return err
		}
		entries.Set(entry.Get(f.MapKey()).MapKey(), entry.Get(f.MapValue()))
	}
	return nil
}

// fieldOfValue returns a value as a field holds it.
func fieldOfValue(f protoreflect.FieldDescriptor, v value.Value) (protoreflect.Value, error) {
	if v.IsNull() {
		return protoreflect.Value{}, outOfRange("Cannot add a NULL value to repeated field %s", f.FullName())
	}
	switch f.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(v.AsBool()), nil
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		if n := v.AsInt64(); n == int64(int32(n)) {
			return protoreflect.ValueOfInt32(int32(n)), nil
		}
		return protoreflect.Value{}, outOfRange("Value %d is out of range of field %s", v.AsInt64(), f.FullName())
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		if n := v.AsInt64(); n == int64(uint32(n)) {
			return protoreflect.ValueOfUint32(uint32(n)), nil
		}
		return protoreflect.Value{}, outOfRange("Value %d is out of range of field %s", v.AsInt64(), f.FullName())
	case protoreflect.FloatKind:
		return protoreflect.ValueOfFloat32(v.AsFloat32()), nil
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(v.AsFloat64()), nil
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(v.AsString()), nil
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes(v.AsBytes()), nil
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(v.AsInt64())), nil
	case protoreflect.MessageKind, protoreflect.GroupKind:
		m, err := message(v, value.ProtoOf(f.Message()))
		if err != nil {
			return protoreflect.Value{}, err
		}
		return protoreflect.ValueOfMessage(m), nil
	}
	return protoreflect.ValueOfInt64(v.AsInt64()), nil
}

// messageType finds the message that NEW names.
func (a *analyzer) messageType(n *ast.NamedType) (*value.Type, error) {
	t, err := a.protoType(n)
	if err == nil && t.Code != value.CodeProto {
		err = a.invalid(n.Pos(), "NEW constructors are not allowed for type %s", t)
	}
	return t, err
}

// addField analyses the value of a field, whose name may lead through messages.
func (a *analyzer) addField(n *newMessage, names []*ast.Ident, e expr) error {
	d := n.t.Message
	var path []protoreflect.FieldDescriptor
	var t *value.Type
	for i, id := range names {
		f := fieldFoldCase(d, id.Name)
		if f == nil {
			return a.invalid(id.NamePos, "Protocol buffer %s does not have a field named %s", d.FullName(), id.Name)
		}
		var ok bool
		if t, ok = fieldType(f); !ok {
			return a.unsupported(id.NamePos, "Field %s of type %s", id.Name, f.Kind())
		}
		path = append(path, f)
		if i < len(names)-1 && t.Code != value.CodeProto {
			return a.invalid(id.NamePos, "Field %s of type %s has no fields", id.Name, t)
		}
		d = t.Message
	}
	last := names[len(names)-1]
	for _, other := range n.fields {
		if pathName(other.path) == pathName(path) {
			return a.invalid(last.NamePos, "Field %s specified multiple times", last.Name)
		}
	}
	e, err := a.mustBe(e, t, "Value of field "+last.Name, last.NamePos)
	n.fields = append(n.fields, messageField{path: path, e: e})
	return err
}

func pathName(path []protoreflect.FieldDescriptor) string {
	names := make([]string, len(path))
	for i, f := range path {
		names[i] = string(f.Name())
	}
	return strings.Join(names, ".")
}

func (a *analyzer) newProto(s *scope, n *ast.NewConstructor) (expr, error) {
	t, err := a.messageType(n.Type)
	if err != nil {
		return nil, err
	}
	out := &newMessage{t: t}
	for _, arg := range n.Args {
		var node ast.Expr
		var names []*ast.Ident
		switch arg := arg.(type) {
		case *ast.Alias:
			node, names = arg.Expr, []*ast.Ident{arg.As.Alias}
		case *ast.ExprArg:
			node = arg.Expr
			switch x := arg.Expr.(type) {
			case *ast.Ident:
				names = []*ast.Ident{x}
			case *ast.Path:
				names = x.Idents[len(x.Idents)-1:]
			}
		}
		if names == nil {
			return nil, a.invalid(arg.Pos(), "Cannot construct proto because argument has no field name")
		}
		e, err := a.expr(s, node)
		if err != nil {
			return nil, err
		}
		if err := a.addField(out, names, e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (a *analyzer) bracedProto(s *scope, t *value.Type, n *ast.BracedConstructor) (expr, error) {
	out := &newMessage{t: t}
	if err := a.enter(n.Pos()); err != nil {
		return nil, err
	}
	defer a.leave()
	for _, f := range n.Fields {
		e, err := a.bracedValue(s, t, f)
		if err != nil {
			return nil, err
		}
		if err := a.addField(out, []*ast.Ident{f.Name}, e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (a *analyzer) bracedValue(s *scope, t *value.Type, n *ast.BracedConstructorField) (expr, error) {
	switch v := n.Value.(type) {
	case *ast.BracedConstructorFieldValueExpr:
		return a.expr(s, v.Expr)
	case *ast.BracedConstructor:
		if f := fieldFoldCase(t.Message, n.Name.Name); f != nil && f.Message() != nil && !f.IsList() && !f.IsMap() {
			return a.bracedProto(s, value.ProtoOf(f.Message()), v)
		}
	}
	return nil, a.invalid(n.Pos(), "Braced constructor is not allowed for field %s of %s", n.Name.Name, t)
}

func (a *analyzer) replaceFields(s *scope, n *ast.ReplaceFieldsExpr) (expr, error) {
	base, err := a.expr(s, n.Expr)
	if err != nil {
		return nil, err
	}
	if base.typ() == nil || base.typ().Code != value.CodeProto {
		return nil, a.unsupported(n.ReplaceFields, "REPLACE_FIELDS on %s", base.typ())
	}
	out := &newMessage{t: base.typ(), base: base}
	for _, f := range n.Fields {
		e, err := a.expr(s, f.Expr)
		if err != nil {
			return nil, err
		}
		if err := a.addField(out, f.Field.Idents, e); err != nil {
			return nil, err
		}
	}
	return out, nil
}
