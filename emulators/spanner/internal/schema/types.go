package schema

import (
	"strconv"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/spanner/internal/syntax"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

func failed(format string, args ...any) error {
	return status.Errorf(codes.FailedPrecondition, format, args...)
}

func notFound(format string, args ...any) error {
	return status.Errorf(codes.NotFound, format, args...)
}

func duplicate(format string, args ...any) error {
	return status.Errorf(codes.FailedPrecondition, format, args...)
}

func unsupported(what string) error {
	return status.Errorf(codes.Unimplemented, "%s is not supported", what)
}

// The greatest lengths a column may be declared with.
const (
	maxStringLength = 2621440
	maxBytesLength  = 10485760
)

var scalarTypes = map[ast.ScalarTypeName]*value.Type{
	ast.BoolTypeName: value.TypeBool, ast.Int64TypeName: value.TypeInt64, ast.Float64TypeName: value.TypeFloat64,
	ast.Float32TypeName: value.TypeFloat32, ast.StringTypeName: value.TypeString, ast.BytesTypeName: value.TypeBytes,
	ast.TimestampTypeName: value.TypeTimestamp, ast.DateTypeName: value.TypeDate, ast.NumericTypeName: value.TypeNumeric,
	ast.JSONTypeName: value.TypeJSON,
}

// columnType returns the type and length that a DDL type stands for.
func columnType(t ast.SchemaType) (*value.Type, int64, error) {
	switch t := t.(type) {
	case *ast.ScalarSchemaType:
		typ, ok := scalarTypes[t.Name]
		if !ok {
			return nil, 0, unsupported("Type " + string(t.Name))
		}
		if typ == value.TypeString || typ == value.TypeBytes {
			return nil, 0, invalid("Type %s needs a length", t.Name)
		}
		return typ, 0, nil
	case *ast.NamedType:
		if len(t.Path) == 1 && strings.EqualFold(t.Path[0].Name, value.TypeUUID.String()) {
			return value.TypeUUID, 0, nil // no keyword of the parser
		}
	case *ast.SizedSchemaType:
		return sizedType(t)
	case *ast.ArraySchemaType:
		if len(t.NamedArgs) > 0 {
			return nil, 0, unsupported("Array with " + t.NamedArgs[0].SQL())
		}
		if _, nested := t.Item.(*ast.ArraySchemaType); nested {
			return nil, 0, invalid("Array of array is not a type: %s", t.SQL())
		}
		elem, length, err := columnType(t.Item)
		if err != nil {
			return nil, 0, err
		}
		return value.ArrayOf(elem), length, nil
	}
	return nil, 0, unsupported("Type " + t.SQL())
}

func sizedType(t *ast.SizedSchemaType) (*value.Type, int64, error) {
	typ, ok := scalarTypes[t.Name]
	if !ok {
		return nil, 0, unsupported("Type " + string(t.Name))
	}
	if t.Max {
		return typ, 0, nil
	}
	literal, ok := t.Size.(*ast.IntLiteral)
	if !ok {
		return nil, 0, invalid("The length of a type must be a literal: %s", t.SQL())
	}
	length, err := strconv.ParseInt(literal.Value, 0, 64)
	limit := int64(maxStringLength)
	if typ == value.TypeBytes {
		limit = maxBytesLength
	}
	if err != nil || length < 1 || length > limit {
		return nil, 0, invalid("The length of %s must be between 1 and %d", t.SQL(), limit)
	}
	return typ, length, nil
}

// pathName returns a name that is not qualified by a schema.
func pathName(p *ast.Path) (string, error) {
	if len(p.Idents) != 1 {
		return "", unsupported("Named schema in " + p.SQL())
	}
	return p.Idents[0].Name, nil
}

func checkName(kind, name string) error {
	if len(name) > 128 {
		return invalid("%s name not valid: %.140s...: it is longer than 128 characters", kind, name)
	}
	return nil
}

// lengthText is a declared length as it is written.
func lengthText(length int64) string {
	if length == 0 {
		return "MAX"
	}
	return strconv.FormatInt(length, 10)
}

// boolOptions reads the options that a column may have.
func commitTimestampOption(o *ast.Options) (bool, error) {
	if o == nil {
		return false, nil
	}
	allow := false
	for _, record := range o.Records {
		if record.Name.Name != "allow_commit_timestamp" {
			return false, unsupported("Column option " + record.Name.Name)
		}
		switch v := record.Value.(type) {
		case *ast.BoolLiteral:
			allow = v.Value
		case *ast.NullLiteral:
			allow = false
		default:
			return false, invalid("Unexpected value for option allow_commit_timestamp: %s", record.Value.SQL())
		}
	}
	return allow, nil
}

// Mentioned returns the ordinals of the columns an expression names.
func (t *Table) Mentioned(e ast.Expr) []int {
	seen := map[int]bool{}
	var ordinals []int
	note := func(name string) {
		if col, ok := t.Column(name); ok && !seen[col.Ordinal] {
			seen[col.Ordinal] = true
			ordinals = append(ordinals, col.Ordinal)
		}
	}
	functions := map[ast.Node]bool{}
	var visit func(n ast.Node) bool
	visit = func(n ast.Node) bool {
		switch n := n.(type) {
		case *syntax.Interval:
			ast.Inspect(n.Expr, visit)
		case *ast.CallExpr:
			functions[n.Func] = true
		case *ast.Path:
			if functions[n] {
				return false
			}
			note(n.Idents[0].Name) // what follows are fields
			return false
		case *ast.SelectorExpr:
			ast.Inspect(n.Expr, visit)
			return false
		case *ast.Ident:
			note(n.Name)
		}
		return true
	}
	ast.Inspect(e, visit)
	return ordinals
}
