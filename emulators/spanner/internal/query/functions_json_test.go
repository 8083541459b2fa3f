package query

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestFunctionsOfJSON(t *testing.T) {
	d := filled(t)
	for sql, want := range map[string]string{
		"TO_JSON(9007199254740993)":                                 "9007199254740993",
		"TO_JSON(9007199254740993, stringify_wide_numbers => TRUE)": `"9007199254740993"`,
		"TO_JSON(STRUCT(1 AS a, [TRUE, NULL] AS b, b'x' AS c))":     `{"a":1,"b":[true,null],"c":"eA=="}`,
		"TO_JSON(CAST('nan' AS FLOAT64))":                           `"NaN"`,
		"TO_JSON(NULL)":                                             "null",
		"TO_JSON(TIMESTAMP '2026-01-01 00:00:00+00')":               `"2026-01-01T00:00:00Z"`,
		"JSON_ARRAY()": "[]",
		"JSON_ARRAY(1, 'a', NULL, JSON '{\"b\":1}')": `[1,"a",null,{"b":1}]`,
		"JSON_OBJECT()": "{}",
		"JSON_OBJECT('a', 1, 'b', DATE '2026-01-01', 'a', 2)":                 `{"a":1,"b":"2026-01-01"}`,
		"JSON_KEYS(JSON '{\"a\":{\"b\":1},\"c.d\":[{\"e\":1}]}')":             `["c.d", a, a.b]`,
		"JSON_KEYS(JSON '{\"a\":{\"b\":1}}', 1)":                              "[a]",
		"JSON_CONTAINS(JSON '{\"a\":[1,2],\"b\":1}', JSON '{\"a\":[2]}')":     "true",
		"JSON_CONTAINS(JSON '[1]', JSON '{\"a\":1}')":                         "false",
		"JSON_REMOVE(JSON '{\"a\":[1,2,3],\"b\":1}', '$.a[1]', '$.b', '$.c')": `{"a":[1,3]}`,
		"JSON_STRIP_NULLS(JSON '{\"a\":null,\"b\":[1,null,{\"c\":null}]}')":   `{"b":[1,{}]}`,
		"JSON_VALUE_ARRAY(JSON '{\"a\":[1,\"x\",null]}', '$.a')":              "[1, x, NULL]",
		"JSON_VALUE_ARRAY(JSON '[[1]]')":                                      "NULL",
		"JSON_QUERY_ARRAY('[1,{\"a\":2}]')":                                   `[1, {"a":2}]`,
		"JSON_QUERY_ARRAY(JSON '1')":                                          "NULL",
	} {
		out, err := d.run("SELECT "+sql, nil, Options{})
		if assert.NoError(t, err, sql) {
			assert.Equal(t, want, out.text(), sql)
		}
	}
	for sql, code := range map[string]codes.Code{
		"JSON_OBJECT('a')":            codes.InvalidArgument,
		"JSON_OBJECT(1, 2)":           codes.InvalidArgument,
		"JSON_OBJECT(NULL, 2)":        codes.OutOfRange,
		"JSON_REMOVE(JSON '1', '$')":  codes.OutOfRange,
		"JSON_KEYS(JSON '{}', 0)":     codes.OutOfRange,
		"JSON_SET(JSON '{}', '$', 1)": codes.Unimplemented,
		"LAX_INT64(JSON '1')":         codes.Unimplemented,
	} {
		_, err := d.run("SELECT "+sql, nil, Options{})
		assert.Equal(t, code, status.Code(err), "%s: %v", sql, err)
	}
}
