package value

import (
	"strings"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Code names the kind of a type.
type Code uint8

// The kinds of types. CodeNull is the code of a NULL, whatever its type.
const (
	CodeNull Code = iota
	CodeBool
	CodeInt64
	CodeFloat64
	CodeFloat32
	CodeString
	CodeBytes
	CodeTimestamp
	CodeDate
	CodeNumeric
	CodeJSON
	CodeArray
	CodeStruct
	CodeUUID
	CodeInterval
	CodeProto
	CodeEnum
)

var codeNames = [...]string{
	CodeNull: "NULL", CodeBool: "BOOL", CodeInt64: "INT64", CodeFloat64: "FLOAT64", CodeFloat32: "FLOAT32",
	CodeString: "STRING", CodeBytes: "BYTES", CodeTimestamp: "TIMESTAMP", CodeDate: "DATE",
	CodeNumeric: "NUMERIC", CodeJSON: "JSON", CodeArray: "ARRAY", CodeStruct: "STRUCT", CodeUUID: "UUID",
	CodeInterval: "INTERVAL", CodeProto: "PROTO", CodeEnum: "ENUM",
}

// String returns the SQL name of the code.
func (c Code) String() string {
	if int(c) < len(codeNames) {
		return codeNames[c]
	}
	return "UNKNOWN"
}

// Type is a Spanner type. Types are immutable; compare them with Equal.
type Type struct {
	Code   Code
	Elem   *Type   // of an ARRAY
	Fields []Field // of a STRUCT

	Name    string                         // of a PROTO or ENUM: the full name
	Message protoreflect.MessageDescriptor // of a PROTO that is resolved
	Enum    protoreflect.EnumDescriptor    // of an ENUM that is resolved
}

// Field is a field of a STRUCT; Name may be empty.
type Field struct {
	Name string
	Type *Type
}

// The scalar types.
var (
	TypeBool      = &Type{Code: CodeBool}
	TypeInt64     = &Type{Code: CodeInt64}
	TypeFloat64   = &Type{Code: CodeFloat64}
	TypeFloat32   = &Type{Code: CodeFloat32}
	TypeString    = &Type{Code: CodeString}
	TypeBytes     = &Type{Code: CodeBytes}
	TypeTimestamp = &Type{Code: CodeTimestamp}
	TypeDate      = &Type{Code: CodeDate}
	TypeNumeric   = &Type{Code: CodeNumeric}
	TypeJSON      = &Type{Code: CodeJSON}
	TypeUUID      = &Type{Code: CodeUUID}
	TypeInterval  = &Type{Code: CodeInterval}
)

var scalarTypes = map[Code]*Type{
	CodeBool: TypeBool, CodeInt64: TypeInt64, CodeFloat64: TypeFloat64, CodeFloat32: TypeFloat32,
	CodeString: TypeString, CodeBytes: TypeBytes, CodeTimestamp: TypeTimestamp, CodeDate: TypeDate,
	CodeNumeric: TypeNumeric, CodeJSON: TypeJSON, CodeUUID: TypeUUID, CodeInterval: TypeInterval,
}

// ScalarType returns the scalar type with the code, or nil if it is not scalar.
func ScalarType(c Code) *Type { return scalarTypes[c] }

// ArrayOf returns the type ARRAY<elem>.
func ArrayOf(elem *Type) *Type { return &Type{Code: CodeArray, Elem: elem} }

// StructOf returns the STRUCT type with the fields.
func StructOf(fields ...Field) *Type { return &Type{Code: CodeStruct, Fields: fields} }

// ProtoOf returns the PROTO type of a message.
func ProtoOf(d protoreflect.MessageDescriptor) *Type {
	return &Type{Code: CodeProto, Name: string(d.FullName()), Message: d}
}

// EnumOf returns the ENUM type of an enum.
func EnumOf(d protoreflect.EnumDescriptor) *Type {
	return &Type{Code: CodeEnum, Name: string(d.FullName()), Enum: d}
}

// Equal reports whether both types are the same, field names included.
func (t *Type) Equal(u *Type) bool {
	if t == u {
		return true
	}
	if t == nil || u == nil || t.Code != u.Code || t.Name != u.Name || len(t.Fields) != len(u.Fields) {
		return false
	}
	if t.Code == CodeArray {
		return t.Elem.Equal(u.Elem)
	}
	for i := range t.Fields {
		if !strings.EqualFold(t.Fields[i].Name, u.Fields[i].Name) || !t.Fields[i].Type.Equal(u.Fields[i].Type) {
			return false
		}
	}
	return true
}

// String returns the type as SQL writes it.
func (t *Type) String() string {
	if t == nil {
		return "NULL"
	}
	switch t.Code {
	case CodeArray:
		return "ARRAY<" + t.Elem.String() + ">"
	case CodeStruct:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = strings.TrimSpace(f.Name + " " + f.Type.String())
		}
		return "STRUCT<" + strings.Join(parts, ", ") + ">"
	case CodeProto, CodeEnum:
		return t.Name
	}
	return t.Code.String()
}

// Orderable reports whether values of the type can be compared, sorted and be keys.
func (t *Type) Orderable() bool {
	return t.Code != CodeJSON && t.Code != CodeArray && t.Code != CodeStruct && t.Code != CodeProto
}

// Groupable reports whether values of the type can stand in GROUP BY and DISTINCT.
func (t *Type) Groupable() bool { return t.Orderable() }

var protoCodes = map[Code]spannerpb.TypeCode{
	CodeBool: spannerpb.TypeCode_BOOL, CodeInt64: spannerpb.TypeCode_INT64, CodeFloat64: spannerpb.TypeCode_FLOAT64,
	CodeFloat32: spannerpb.TypeCode_FLOAT32, CodeString: spannerpb.TypeCode_STRING, CodeBytes: spannerpb.TypeCode_BYTES,
	CodeTimestamp: spannerpb.TypeCode_TIMESTAMP, CodeDate: spannerpb.TypeCode_DATE,
	CodeNumeric: spannerpb.TypeCode_NUMERIC, CodeJSON: spannerpb.TypeCode_JSON,
	CodeArray: spannerpb.TypeCode_ARRAY, CodeStruct: spannerpb.TypeCode_STRUCT, CodeUUID: spannerpb.TypeCode_UUID,
	CodeInterval: spannerpb.TypeCode_INTERVAL, CodeProto: spannerpb.TypeCode_PROTO, CodeEnum: spannerpb.TypeCode_ENUM,
}

var codesByProto = func() map[spannerpb.TypeCode]Code {
	m := make(map[spannerpb.TypeCode]Code, len(protoCodes))
	for c, p := range protoCodes {
		m[p] = c
	}
	return m
}()

// Proto returns the type as the wire names it.
func (t *Type) Proto() *spannerpb.Type {
	pb := &spannerpb.Type{Code: protoCodes[t.Code]}
	switch t.Code {
	case CodeArray:
		pb.ArrayElementType = t.Elem.Proto()
	case CodeStruct:
		pb.StructType = RowType(t.Fields)
	case CodeProto, CodeEnum:
		pb.ProtoTypeFqn = t.Name
	}
	return pb
}

// RowType returns fields as the wire names them.
func RowType(fields []Field) *spannerpb.StructType {
	st := &spannerpb.StructType{Fields: make([]*spannerpb.StructType_Field, len(fields))}
	for i, f := range fields {
		st.Fields[i] = &spannerpb.StructType_Field{Name: f.Name, Type: f.Type.Proto()}
	}
	return st
}

// maxTypeDepth bounds the nesting of types that come from outside.
const maxTypeDepth = 15

// TypeFromProto returns the type that the wire names. What is unknown is
// refused with INVALID_ARGUMENT, what is known but not supported with
// UNIMPLEMENTED. A PROTO or ENUM comes without its descriptor.
func TypeFromProto(pb *spannerpb.Type) (*Type, error) { return typeFromProto(pb, 0) }

func typeFromProto(pb *spannerpb.Type, depth int) (*Type, error) {
	if pb == nil {
		return nil, status.Error(codes.InvalidArgument, "missing type")
	}
	if depth > maxTypeDepth {
		return nil, status.Errorf(codes.InvalidArgument, "type is nested more than %d deep", maxTypeDepth)
	}
	code, ok := codesByProto[pb.GetCode()]
	if !ok {
		if pb.GetCode() == spannerpb.TypeCode_TYPE_CODE_UNSPECIFIED {
			return nil, status.Error(codes.InvalidArgument, "type code is not specified")
		}
		return nil, status.Errorf(codes.Unimplemented, "type %s is not supported", pb.GetCode())
	}
	switch code {
	case CodeArray:
		elem, err := typeFromProto(pb.GetArrayElementType(), depth+1)
		if err != nil {
			return nil, err
		}
		if elem.Code == CodeArray {
			return nil, status.Error(codes.InvalidArgument, "an array of arrays is not a type")
		}
		return ArrayOf(elem), nil
	case CodeStruct:
		fields := make([]Field, len(pb.GetStructType().GetFields()))
		for i, f := range pb.GetStructType().GetFields() {
			t, err := typeFromProto(f.GetType(), depth+1)
			if err != nil {
				return nil, err
			}
			fields[i] = Field{Name: f.GetName(), Type: t}
		}
		return StructOf(fields...), nil
	case CodeProto, CodeEnum:
		if pb.GetProtoTypeFqn() == "" {
			return nil, status.Errorf(codes.InvalidArgument, "type %s needs proto_type_fqn", pb.GetCode())
		}
		return &Type{Code: code, Name: pb.GetProtoTypeFqn()}, nil
	}
	return scalarTypes[code], nil
}
