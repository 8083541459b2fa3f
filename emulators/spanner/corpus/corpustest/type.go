package corpustest

import (
	"fmt"
	"strings"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"github.com/cloudspannerecosystem/memefish"
	"github.com/cloudspannerecosystem/memefish/ast"
)

// typeOf returns the type that SQL writes, as the wire names it.
func typeOf(text string) (*spannerpb.Type, error) {
	t, err := memefish.ParseType("", text)
	if err != nil {
		return nil, err
	}
	return protoOf(t)
}

func protoOf(t ast.Type) (*spannerpb.Type, error) {
	switch t := t.(type) {
	case *ast.ArrayType:
		elem, err := protoOf(t.Item)
		return &spannerpb.Type{Code: spannerpb.TypeCode_ARRAY, ArrayElementType: elem}, err
	case *ast.StructType:
		row := &spannerpb.StructType{}
		for _, f := range t.Fields {
			field, err := protoOf(f.Type)
			if err != nil {
				return nil, err
			}
			name := ""
			if f.Ident != nil {
				name = f.Ident.Name
			}
			row.Fields = append(row.Fields, &spannerpb.StructType_Field{Name: name, Type: field})
		}
		return &spannerpb.Type{Code: spannerpb.TypeCode_STRUCT, StructType: row}, nil
	}
	code, ok := spannerpb.TypeCode_value[strings.ToUpper(t.SQL())]
	if !ok {
		return nil, fmt.Errorf("unknown type %s", t.SQL())
	}
	return &spannerpb.Type{Code: spannerpb.TypeCode(code)}, nil
}
