package behaviour_test

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/protobuf/types/known/structpb"
)

// commitTimestamp in a mutation stands for the time of its commit.
const commitTimestamp = "spanner.commit_timestamp()"

// wire is a value as requests hold it.
func wire(v any) *structpb.Value {
	switch v := v.(type) {
	case nil:
		return structpb.NewNullValue()
	case int:
		return structpb.NewStringValue(strconv.Itoa(v))
	case string:
		return structpb.NewStringValue(v)
	case []byte:
		return structpb.NewStringValue(base64.StdEncoding.EncodeToString(v))
	case bool:
		return structpb.NewBoolValue(v)
	case float64:
		return structpb.NewNumberValue(v)
	case time.Time:
		return structpb.NewStringValue(v.UTC().Format(time.RFC3339Nano))
	case []any:
		return structpb.NewListValue(wires(v))
	}
	panic(fmt.Sprintf("no wire form for %T", v))
}

func wires(values []any) *structpb.ListValue {
	list := &structpb.ListValue{}
	for _, v := range values {
		list.Values = append(list.Values, wire(v))
	}
	return list
}

// typeOf is the type of a parameter; NULL and text for other types go without.
func typeOf(v any) *spannerpb.Type {
	switch v.(type) {
	case int:
		return &spannerpb.Type{Code: spannerpb.TypeCode_INT64}
	case string:
		return &spannerpb.Type{Code: spannerpb.TypeCode_STRING}
	case []byte:
		return &spannerpb.Type{Code: spannerpb.TypeCode_BYTES}
	case bool:
		return &spannerpb.Type{Code: spannerpb.TypeCode_BOOL}
	case float64:
		return &spannerpb.Type{Code: spannerpb.TypeCode_FLOAT64}
	case time.Time:
		return &spannerpb.Type{Code: spannerpb.TypeCode_TIMESTAMP}
	}
	return nil
}

// text prints a value of an answer: NULL, and lists in brackets.
func text(v *structpb.Value) string {
	switch kind := v.GetKind().(type) {
	case *structpb.Value_NullValue:
		return "NULL"
	case *structpb.Value_ListValue:
		return "[" + rowText(kind.ListValue) + "]"
	case *structpb.Value_StringValue:
		return kind.StringValue
	}
	return fmt.Sprint(v.AsInterface())
}

// rowText prints the values of a row, a space between them.
func rowText(row *structpb.ListValue) string {
	texts := make([]string, len(row.GetValues()))
	for i, v := range row.GetValues() {
		texts[i] = text(v)
	}
	return strings.Join(texts, " ")
}

// row is the values of a row or the parts of a key.
func row(values ...any) []any { return values }

func write(table, columns string, rows [][]any) *spannerpb.Mutation_Write {
	w := &spannerpb.Mutation_Write{Table: table, Columns: strings.Fields(columns)}
	for _, values := range rows {
		w.Values = append(w.Values, wires(values))
	}
	return w
}

func insert(table, columns string, rows ...[]any) *spannerpb.Mutation {
	return &spannerpb.Mutation{Operation: &spannerpb.Mutation_Insert{Insert: write(table, columns, rows)}}
}

func update(table, columns string, rows ...[]any) *spannerpb.Mutation {
	return &spannerpb.Mutation{Operation: &spannerpb.Mutation_Update{Update: write(table, columns, rows)}}
}

func upsert(table, columns string, rows ...[]any) *spannerpb.Mutation {
	return &spannerpb.Mutation{Operation: &spannerpb.Mutation_InsertOrUpdate{InsertOrUpdate: write(table, columns, rows)}}
}

func replace(table, columns string, rows ...[]any) *spannerpb.Mutation {
	return &spannerpb.Mutation{Operation: &spannerpb.Mutation_Replace{Replace: write(table, columns, rows)}}
}

func remove(table string, keys *spannerpb.KeySet) *spannerpb.Mutation {
	return &spannerpb.Mutation{Operation: &spannerpb.Mutation_Delete_{Delete: &spannerpb.Mutation_Delete{Table: table, KeySet: keys}}}
}

func allKeys() *spannerpb.KeySet { return &spannerpb.KeySet{All: true} }

func keys(list ...[]any) *spannerpb.KeySet {
	set := &spannerpb.KeySet{}
	for _, parts := range list {
		set.Keys = append(set.Keys, wires(parts))
	}
	return set
}

// between is a range of keys; ends says which of its ends are in it: "[]", "[)", "(]" or "()".
func between(ends string, from, to []any) *spannerpb.KeySet {
	r := &spannerpb.KeyRange{StartKeyType: &spannerpb.KeyRange_StartClosed{StartClosed: wires(from)}, EndKeyType: &spannerpb.KeyRange_EndClosed{EndClosed: wires(to)}}
	if ends[0] == '(' {
		r.StartKeyType = &spannerpb.KeyRange_StartOpen{StartOpen: wires(from)}
	}
	if ends[1] == ')' {
		r.EndKeyType = &spannerpb.KeyRange_EndOpen{EndOpen: wires(to)}
	}
	return &spannerpb.KeySet{Ranges: []*spannerpb.KeyRange{r}}
}
