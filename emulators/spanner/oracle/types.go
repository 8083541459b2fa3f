package main

import (
	"fmt"
	"strings"

	"github.com/cloudspannerecosystem/memefish"
	"github.com/cloudspannerecosystem/memefish/ast"
	googlesql "github.com/goccy/go-googlesql"
)

// typeNames are Spanner's names of the types that GoogleSQL counts.
var typeNames = map[googlesql.TypeKind]string{
	googlesql.TypeKindTypeBool: "BOOL", googlesql.TypeKindTypeInt64: "INT64", googlesql.TypeKindTypeFloat: "FLOAT32",
	googlesql.TypeKindTypeDouble: "FLOAT64", googlesql.TypeKindTypeString: "STRING", googlesql.TypeKindTypeBytes: "BYTES",
	googlesql.TypeKindTypeDate: "DATE", googlesql.TypeKindTypeTimestamp: "TIMESTAMP", googlesql.TypeKindTypeNumeric: "NUMERIC",
	googlesql.TypeKindTypeJson: "JSON", googlesql.TypeKindTypeInterval: "INTERVAL", googlesql.TypeKindTypeUuid: "UUID",
	googlesql.TypeKindTypeTokenlist: "TOKENLIST",
}

// typeName writes a type as Spanner's SQL does.
func typeName(t googlesql.Googlesql_TypeNode) (string, error) {
	kind, err := t.Kind()
	if err != nil {
		return "", err
	}
	switch kind {
	case googlesql.TypeKindTypeArray:
		array, err := t.AsArray()
		if err != nil {
			return "", err
		}
		elem, err := array.ElementType()
		if err != nil {
			return "", err
		}
		name, err := typeName(elem)
		return "ARRAY<" + name + ">", err
	case googlesql.TypeKindTypeStruct:
		return structName(t)
	}
	name, ok := typeNames[kind]
	if !ok {
		return "", fmt.Errorf("type %s is not one of Spanner's", kind)
	}
	return name, nil
}

func structName(t googlesql.Googlesql_TypeNode) (string, error) {
	st, err := t.AsStruct()
	if err != nil {
		return "", err
	}
	fields, err := st.Fields()
	if err != nil {
		return "", err
	}
	parts := make([]string, len(fields))
	for i, f := range fields {
		name, err := typeName(f.Type_)
		if err != nil {
			return "", err
		}
		parts[i] = strings.TrimSpace(f.Name + " " + name)
	}
	return "STRUCT<" + strings.Join(parts, ", ") + ">", nil
}

// simpleType returns the type with Spanner's name.
func (a *analyzer) simpleType(name string) (googlesql.Googlesql_TypeNode, error) {
	for kind, n := range typeNames {
		if strings.EqualFold(n, name) {
			return a.types.MakeSimpleType(kind)
		}
	}
	return nil, fmt.Errorf("unknown type %s", name)
}

// schemaType returns the type of a column.
func (a *analyzer) schemaType(t ast.SchemaType) (googlesql.Googlesql_TypeNode, error) {
	switch t := t.(type) {
	case *ast.ScalarSchemaType:
		return a.simpleType(string(t.Name))
	case *ast.SizedSchemaType:
		return a.simpleType(string(t.Name))
	case *ast.NamedType:
		return a.simpleType(t.SQL())
	case *ast.ArraySchemaType:
		elem, err := a.schemaType(t.Item)
		if err != nil {
			return nil, err
		}
		return a.types.MakeArrayType2(elem)
	}
	return nil, fmt.Errorf("unknown type %s", t.SQL())
}

// paramType returns the type that a parameter is declared with.
func (a *analyzer) paramType(text string) (googlesql.Googlesql_TypeNode, error) {
	t, err := memefish.ParseType("", text)
	if err != nil {
		return nil, err
	}
	return a.queryType(t)
}

func (a *analyzer) queryType(t ast.Type) (googlesql.Googlesql_TypeNode, error) {
	switch t := t.(type) {
	case *ast.SimpleType:
		return a.simpleType(string(t.Name))
	case *ast.NamedType:
		return a.simpleType(t.SQL())
	case *ast.ArrayType:
		elem, err := a.queryType(t.Item)
		if err != nil {
			return nil, err
		}
		return a.types.MakeArrayType2(elem)
	case *ast.StructType:
		fields := make([]*googlesql.StructField, len(t.Fields))
		for i, f := range t.Fields {
			field, err := a.queryType(f.Type)
			if err != nil {
				return nil, err
			}
			fields[i] = &googlesql.StructField{Type_: field}
			if f.Ident != nil {
				fields[i].Name = f.Ident.Name
			}
		}
		return a.types.MakeStructType2(fields)
	}
	return nil, fmt.Errorf("unknown type %s", t.SQL())
}
