package behaviour_test

import (
	"math"
	"strings"
	"testing"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"github.com/stretchr/testify/assert"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/structpb"
)

// with executes SQL by itself with parameters by name, of declared types or not;
// its first row are the types of the columns.
func with(sql string, values map[string]any, types map[string]*spannerpb.Type) call {
	return call{title: sql, do: func(r *run) answer {
		params := &structpb.Struct{Fields: map[string]*structpb.Value{}}
		for name, v := range values {
			params.Fields[name] = wire(v)
		}
		set, err := r.calls.ExecuteSql(r.context(), &spannerpb.ExecuteSqlRequest{Session: r.session, Sql: sql, Params: params, ParamTypes: types})
		a := answerOf(set, err)
		var codes []string
		for _, f := range set.GetMetadata().GetRowType().GetFields() {
			codes = append(codes, typeText(f.Type))
		}
		a.rows = append([]string{strings.Join(codes, " ")}, a.rows...)
		return a
	}}
}

func typeText(t *spannerpb.Type) string {
	if t.Code == spannerpb.TypeCode_ARRAY {
		return "[]" + typeText(t.ArrayElementType)
	}
	return t.Code.String()
}

func scalar(code spannerpb.TypeCode) *spannerpb.Type { return &spannerpb.Type{Code: code} }

func structType(name string, t *spannerpb.Type) *spannerpb.Type {
	return &spannerpb.Type{Code: spannerpb.TypeCode_STRUCT, StructType: &spannerpb.StructType{Fields: []*spannerpb.StructType_Field{{Name: name, Type: t}}}}
}

// TestDeclaredParameters follows parameters.cc where the types are declared.
func TestDeclaredParameters(t *testing.T) {
	selected := func(v any, code spannerpb.TypeCode, want string) step {
		return with("SELECT @p", map[string]any{"p": v, "unused": 6}, map[string]*spannerpb.Type{"p": scalar(code), "unused": scalar(spannerpb.TypeCode_INT64)}).gives(code.String(), want)
	}
	twice := func(v float64, want string) step { return ask("SELECT @p1 * @p1", v).gives(want) }
	name := structType("First", scalar(spannerpb.TypeCode_STRING))
	show(t, nil,
		behaviour{"come back as they are", []step{
			selected(6, spannerpb.TypeCode_INT64, "6"), selected("str", spannerpb.TypeCode_STRING, "str"), selected("", spannerpb.TypeCode_STRING, ""),
			selected([]byte("bytes"), spannerpb.TypeCode_BYTES, "Ynl0ZXM="), selected("-2353250901550135.12453024", spannerpb.TypeCode_NUMERIC, "-2353250901550135.12453024"),
			selected(`{"key":123}`, spannerpb.TypeCode_JSON, `{"key":123}`), selected("1970-01-01T00:00:00.000000001Z", spannerpb.TypeCode_TIMESTAMP, "1970-01-01T00:00:00.000000001Z"),
			selected("1970-01-11", spannerpb.TypeCode_DATE, "1970-01-11"),
			with("SELECT @p", map[string]any{"p": row(true, false)}, map[string]*spannerpb.Type{"p": {Code: spannerpb.TypeCode_ARRAY, ArrayElementType: scalar(spannerpb.TypeCode_BOOL)}}).gives("[]BOOL", "[true false]")}},
		behaviour{"are used several times", []step{twice(-2, "4"), twice(2, "4"), ask("SELECT @p1 * @p1 = 0", math.Copysign(0, -1)).gives("true")}},
		behaviour{"names", []step{
			with("SELECT @`p` + @`order`", map[string]any{"p": 6, "order": 1}, nil).gives("INT64", "7"), with("SELECT @`p\\`ram`", map[string]any{"p`ram": 6}, nil).fails(codes.Unimplemented),
			with("SELECT 1", map[string]any{strings.Repeat("x", 130): 6}, nil).fails(codes.InvalidArgument)}},
		behaviour{"structs", []step{
			with("SELECT @p", map[string]any{"p": row("a")}, map[string]*spannerpb.Type{"p": name}).fails(codes.Unimplemented, "Unsupported query shape"),
			with("SELECT @p.First", map[string]any{"p": row("a")}, map[string]*spannerpb.Type{"p": name}).gives("STRING", "a"),
			with("SELECT @p.Name.First", map[string]any{"p": row(row("a"))}, map[string]*spannerpb.Type{"p": structType("Name", name)}).gives("STRING", "a")}},
		behaviour{"none at all", []step{ask("SELECT @any").fails(codes.InvalidArgument), with("SELECT @any > 1", map[string]any{"other": "x"}, nil).fails(codes.InvalidArgument)}},
	)
}

// TestUndeclaredParameters follows parameters.cc where the statement says the types.
func TestUndeclaredParameters(t *testing.T) {
	ddl := []string{"CREATE TABLE T (K INT64, I INT64, F FLOAT64, S STRING(MAX)) PRIMARY KEY (K)"}
	kinds := []struct {
		name, sqlType, code string
		value               any
	}{
		{"pBool", "BOOL", "BOOL", true}, {"pInt64", "INT64", "INT64", "-1"}, {"pDouble", "FLOAT64", "FLOAT64", 1.5}, {"pString", "STRING", "STRING", "str"},
		{"pBytes", "BYTES", "BYTES", "Ynl0ZXM="}, {"pNumeric", "NUMERIC", "NUMERIC", "-99999900001412413135315315.3140124"}, {"pJson", "JSON", "JSON", `{"key":123}`},
		{"pTimestamp", "TIMESTAMP", "TIMESTAMP", "1970-01-01T00:00:00.000001Z"}, {"pDate", "DATE", "DATE", "2000-01-01"},
	}
	var steps []step
	for _, k := range kinds {
		one := map[string]any{strings.ToLower(k.name): k.value}
		steps = append(steps, with("SELECT CAST(@"+k.name+" AS "+k.sqlType+")", one, nil).gives(k.code, text(wire(k.value))),
			with("SELECT CAST(@"+k.name+" AS "+k.sqlType+")", map[string]any{strings.ToUpper(k.name): nil}, nil).gives(k.code, "NULL"),
			with("SELECT CAST(@"+k.name+" AS ARRAY<"+k.sqlType+">)", map[string]any{k.name: row(nil, k.value)}, nil).gives("[]"+k.code, "[NULL "+text(wire(k.value))+"]"),
			with("SELECT CAST(@"+k.name+" AS ARRAY<"+k.sqlType+">)", map[string]any{k.name: nil}, nil).gives("[]"+k.code, "NULL"))
	}
	wrong := func(sql string, value any, part string) step {
		return with(sql, map[string]any{"p": value}, nil).fails(codes.InvalidArgument, part)
	}
	show(t, ddl,
		behaviour{"unused ones are nothing", []step{with("SELECT 1", map[string]any{"p": "unused", "q": true}, nil).gives("INT64", "1")}},
		behaviour{"beside declared ones", []step{
			with("SELECT @p = @q", map[string]any{"p": "str", "q": "str"}, map[string]*spannerpb.Type{"q": scalar(spannerpb.TypeCode_STRING)}).gives("BOOL", "true"),
			with("SELECT CAST(@pBytes AS BYTES) = b'bytes'", map[string]any{"pbytes": "Ynl0ZXM="}, nil).gives("BOOL", "true")}},
		behaviour{"of each type, NULL, in arrays", steps},
		behaviour{"structs have no fields then", []step{
			with("SELECT @s.a, @t.b", map[string]any{"s": row(true, "xyz"), "t": row("yzx", 1.0)}, nil).fails(codes.InvalidArgument, "Cannot access field a on parameter s whose type is unknown")}},
		behaviour{"values that are none of the type", []step{
			wrong("SELECT F FROM T WHERE F = @p", "10", "FLOAT64"), wrong("SELECT S FROM T WHERE S = @p", 10.0, "STRING"), wrong("SELECT I FROM T WHERE I = @p", 10.0, "INT64"), wrong("SELECT @p", 10.0, "INT64")}},
		behaviour{"PLAN tells the types", []step{inMode(spannerpb.ExecuteSqlRequest_PLAN, "SELECT K FROM T WHERE S = @s AND F > @f", func(r *run, set *spannerpb.ResultSet) {
			var types []string
			for _, f := range set.Metadata.UndeclaredParameters.Fields {
				types = append(types, f.Name+" "+typeText(f.Type))
			}
			assert.Equal(r.t, []string{"s STRING", "f FLOAT64"}, types)
		})}},
	)
}
