package query

import (
	"strconv"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// ProtoTypes knows the protocol buffer types of a schema by their full name.
type ProtoTypes interface {
	ProtoType(name string) (*value.Type, bool)
}

// protoType finds the type that a path names.
func (a *analyzer) protoType(n *ast.NamedType) (*value.Type, error) {
	parts := make([]string, len(n.Path))
	for i, id := range n.Path {
		parts[i] = id.Name
	}
	name := strings.Join(parts, ".")
	if a.protos != nil {
		if t, ok := a.protos.ProtoType(name); ok {
			return t, nil
		}
	}
	return nil, a.invalid(n.Pos(), "Type not found: %s", name)
}

// resolveProtos finds the descriptors of the PROTO and ENUM types in t.
func resolveProtos(cat Catalog, t *value.Type) (*value.Type, error) {
	switch t.Code {
	case value.CodeArray:
		elem, err := resolveProtos(cat, t.Elem)
		if err != nil {
			return nil, err
		}
		return value.ArrayOf(elem), nil
	case value.CodeStruct:
		fields := make([]value.Field, len(t.Fields))
		for i, f := range t.Fields {
			ft, err := resolveProtos(cat, f.Type)
			if err != nil {
				return nil, err
			}
			fields[i] = value.Field{Name: f.Name, Type: ft}
		}
		return value.StructOf(fields...), nil
	case value.CodeProto, value.CodeEnum:
		if protos, ok := cat.(ProtoTypes); ok {
			if found, ok := protos.ProtoType(t.Name); ok && found.Code == t.Code {
				return found, nil
			}
		}
		return nil, invalidArgument("Type not found: %s", t.Name)
	}
	return t, nil
}

func isProto(t *value.Type) bool { return t.Code == value.CodeProto || t.Code == value.CodeEnum }

// protoCastable is castable where a PROTO or ENUM takes part, which the second result says.
func protoCastable(from, to *value.Type) (yes, known bool) {
	other := to
	if isProto(to) {
		other = from
	}
	switch {
	case from.Code == value.CodeProto || to.Code == value.CodeProto:
		return other.Code == value.CodeString || other.Code == value.CodeBytes, true
	case from.Code == value.CodeEnum || to.Code == value.CodeEnum:
		return other.Code == value.CodeString || other.Code == value.CodeInt64, true
	}
	return false, false
}

func castProto(v value.Value, from, to *value.Type) (value.Value, error) {
	switch {
	case from.Code == value.CodeEnum && to.Code == value.CodeInt64:
		return value.Int64(v.AsInt64()), nil
	case from.Code == value.CodeEnum && to.Code == value.CodeString:
		if d := from.Enum.Values().ByNumber(protoreflect.EnumNumber(v.AsInt64())); d != nil {
			return value.String(string(d.Name())), nil
		}
		return value.String(strconv.FormatInt(v.AsInt64(), 10)), nil
	case to.Code == value.CodeEnum:
		return castToEnum(v, to)
	case to.Code == value.CodeBytes:
		return value.BytesOf(v.AsString()), nil
	case from.Code == value.CodeBytes:
		if _, err := message(v, to); err != nil {
			return value.Null(), err
		}
		return value.Proto(v.AsString()), nil
	case to.Code == value.CodeString:
		m, err := message(v, from)
		if err != nil {
			return value.Null(), err
		}
		return value.String(protoText(m)), nil
	}
	m := dynamicpb.NewMessage(to.Message)
	if err := (prototext.UnmarshalOptions{AllowPartial: true}).Unmarshal([]byte(v.AsString()), m); err != nil {
		return value.Null(), outOfRange("Error parsing proto: %s", strings.ReplaceAll(err.Error(), "\u00a0", " "))
	}
	return protoValue(m)
}

// castToEnum finds an enum's value by name or number, which must be declared.
func castToEnum(v value.Value, to *value.Type) (value.Value, error) {
	if v.Code() == value.CodeString {
		if d := to.Enum.Values().ByName(protoreflect.Name(v.AsString())); d != nil {
			return value.Enum(int64(d.Number())), nil
		}
	}
	n, err := int64(0), error(nil)
	if v.Code() == value.CodeString {
		n, err = strconv.ParseInt(v.AsString(), 10, 32)
	} else {
		n = v.AsInt64()
	}
	number := protoreflect.EnumNumber(n)
	if err != nil || int64(number) != n || to.Enum.Values().ByNumber(number) == nil {
		return value.Null(), outOfRange("Out of range cast of %s to %s", v.Text(), to)
	}
	return value.Enum(n), nil
}

// message decodes a PROTO.
func message(v value.Value, t *value.Type) (*dynamicpb.Message, error) {
	m := dynamicpb.NewMessage(t.Message)
	if err := (proto.UnmarshalOptions{AllowPartial: true}).Unmarshal([]byte(v.AsString()), m); err != nil {
		return nil, outOfRange("Corrupted protocol buffer of type %s", t)
	}
	return m, nil
}

func protoValue(m proto.Message) (value.Value, error) {
	wire, err := (proto.MarshalOptions{AllowPartial: true, Deterministic: true}).Marshal(m)
	if err != nil {
		return value.Null(), outOfRange("Cannot encode a protocol buffer: %v", err)
	}
	return value.Proto(string(wire)), nil
}

// protoField is message.field, and message.has_field.
func (a *analyzer) protoField(e expr, id *ast.Ident) (expr, error) {
	t := e.typ()
	if f := fieldFoldCase(t.Message, id.Name); f != nil {
		ft, ok := fieldType(f)
		if !ok {
			return nil, a.unsupported(id.NamePos, "Field %s of type %s", id.Name, f.Kind())
		}
		return &unary{name: "." + id.Name, a: e, t: ft, fn: func(v value.Value) (value.Value, error) {
			m, err := message(v, t)
			if err != nil {
				return value.Null(), err
			}
			return fieldValue(m, f, ft)
		}}, nil
	}
	if len(id.Name) > 4 && strings.EqualFold(id.Name[:4], "has_") {
		f := fieldFoldCase(t.Message, id.Name[4:])
		if f != nil && f.HasPresence() {
			return &unary{name: "." + id.Name, a: e, t: tBool, fn: func(v value.Value) (value.Value, error) {
				m, err := message(v, t)
				if err != nil {
					return value.Null(), err
				}
				return value.Bool(m.Has(f)), nil
			}}, nil
		}
	}
	return nil, a.invalid(id.NamePos, "Protocol buffer %s does not have a field named %s", t.Name, id.Name)
}

func fieldFoldCase(d protoreflect.MessageDescriptor, name string) protoreflect.FieldDescriptor {
	for i := range d.Fields().Len() {
		if f := d.Fields().Get(i); strings.EqualFold(string(f.Name()), name) {
			return f
		}
	}
	return nil
}

// fieldType returns the type that a field has in SQL.
func fieldType(f protoreflect.FieldDescriptor) (*value.Type, bool) {
	t, ok := singularType(f)
	if ok && f.Cardinality() == protoreflect.Repeated {
		t = value.ArrayOf(t)
	}
	return t, ok
}

func singularType(f protoreflect.FieldDescriptor) (*value.Type, bool) {
	switch f.Kind() {
	case protoreflect.BoolKind:
		return tBool, true
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind, protoreflect.Int64Kind, protoreflect.Sint64Kind,
		protoreflect.Sfixed64Kind, protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return tInt, true
	case protoreflect.FloatKind:
		return value.TypeFloat32, true
	case protoreflect.DoubleKind:
		return tFloat, true
	case protoreflect.StringKind:
		return tString, true
	case protoreflect.BytesKind:
		return tBytes, true
	case protoreflect.EnumKind:
		return value.EnumOf(f.Enum()), !f.Enum().IsPlaceholder()
	case protoreflect.MessageKind, protoreflect.GroupKind:
		return value.ProtoOf(f.Message()), !f.Message().IsPlaceholder()
	}
	return nil, false // unsigned numbers of 64 bits
}

// fieldValue reads a field: its default if it is not set, NULL for a message.
func fieldValue(m protoreflect.Message, f protoreflect.FieldDescriptor, t *value.Type) (value.Value, error) {
	if f.IsMap() {
		return mapValue(m.Get(f).Map(), f)
	}
	if f.IsList() {
		list := m.Get(f).List()
		elems := make([]value.Value, list.Len())
		for i := range elems {
			var err error
			if elems[i], err = singularValue(list.Get(i), t.Elem); err != nil {
				return value.Null(), err
			}
		}
		return value.Array(elems), nil
	}
	if t.Code == value.CodeProto && !m.Has(f) {
		return value.Null(), nil
	}
	return singularValue(m.Get(f), t)
}

// mapValue returns a map as its entries.
func mapValue(entries protoreflect.Map, f protoreflect.FieldDescriptor) (value.Value, error) {
	elems := []value.Value{}
	var err error
	entries.Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
		entry := dynamicpb.NewMessage(f.Message())
		entry.Set(f.MapKey(), k.Value())
		entry.Set(f.MapValue(), v)
		var elem value.Value
		elem, err = protoValue(entry)
		elems = append(elems, elem)
		return err == nil
	})
	sortValues(elems)
	return value.Array(elems), err
}

func singularValue(v protoreflect.Value, t *value.Type) (value.Value, error) {
	switch x := v.Interface().(type) {
	case bool:
		return value.Bool(x), nil
	case int32:
		return value.Int64(int64(x)), nil
	case int64:
		return value.Int64(x), nil
	case uint32:
		return value.Int64(int64(x)), nil
	case float32:
		return value.Float32(x), nil
	case float64:
		return value.Float64(x), nil
	case string:
		return value.String(x), nil
	case []byte:
		return value.Bytes(x), nil
	case protoreflect.EnumNumber:
		return value.Enum(int64(x)), nil
	}
	return protoValue(v.Message().Interface())
}
