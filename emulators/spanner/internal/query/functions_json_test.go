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
		"JSON_OBJECT(['a', 'b', 'a'], [1, NULL, 3])":                          `{"a":1,"b":null}`,
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

		"JSON_SET(JSON '{\"a\":1}', '$', JSON '{\"b\":2}')":                                 `{"b":2}`,
		"JSON_SET(JSON '{\"a\":1}', '$.b', 9, create_if_missing => FALSE)":                  `{"a":1}`,
		"JSON_SET(JSON '{\"a\":1}', '$.a', 9, create_if_missing => FALSE)":                  `{"a":9}`,
		"JSON_SET(JSON '{\"a\":1}', '$.a', 9, create_if_missing => NULL)":                   `{"a":1}`,
		"JSON_SET(JSON 'null', '$.a[2].b', 100)":                                            `{"a":[null,null,{"b":100}]}`,
		"JSON_SET(JSON '{\"a\":1}', '$.b', 2, '$.a.c', 3, '$.d', NULL)":                     `{"a":1,"b":2,"d":null}`,
		"JSON_ARRAY_APPEND(JSON '[1]', '$', CAST(NULL AS ARRAY<INT64>))":                    "[1]",
		"JSON_SET(JSON '{}', NULL, 2)":                                                      `{}`,
		"JSON_SET(CAST(NULL AS JSON), '$', 2)":                                              "NULL",
		"JSON_ARRAY_APPEND(JSON '[\"a\"]', '$', [1, 2])":                                    `["a",1,2]`,
		"JSON_ARRAY_APPEND(JSON '[1]', '$', [1, 2], append_each_element => FALSE)":          `[1,[1,2]]`,
		"JSON_ARRAY_APPEND(JSON '{\"a\":null,\"b\":1}', '$.a', 2, '$.b', 3, '$.c', 4)":      `{"a":[2],"b":1}`,
		"JSON_ARRAY_INSERT(JSON '[\"a\",[\"b\"]]', '$[1][0]', 1, '$[0]', [2, 3])":           `[2,3,"a",[1,"b"]]`,
		"JSON_ARRAY_INSERT(JSON '[1]', '$[3]', 'e')":                                        `[1,null,null,"e"]`,
		"JSON_ARRAY_INSERT(JSON '{\"a\":{},\"b\":null}', '$.a[0]', 2, '$', 1, '$.b[1]', 3)": `{"a":{},"b":[null,3]}`,

		"LAX_BOOL(JSON '\"TRUE\"')": "true", "LAX_BOOL(JSON '\"true \"')": "NULL", "LAX_BOOL(JSON '0.0')": "false", "LAX_BOOL(JSON '-1.1')": "true",
		"LAX_INT64(JSON '3.5')": "4", "LAX_INT64(JSON '-3.5')": "-4", "LAX_INT64(JSON '1e100')": "NULL", "LAX_INT64(JSON 'true')": "1",
		"LAX_INT64(JSON '\"1.1e2\"')": "110", "LAX_INT64(JSON '\"foo\"')": "NULL", "LAX_INT64(JSON '\"9223372036854775808\"')": "NULL",
		"LAX_FLOAT64(JSON '\"-InfiNiTY\"')": "-inf", "LAX_FLOAT64(JSON 'true')": "NULL", "LAX_FLOAT64(JSON '\"+1.5\"')": "1.5",
		"LAX_STRING(JSON '10.0')": "10", "LAX_STRING(JSON '1e100')": "1e+100", "LAX_STRING(JSON '[]')": "NULL", "LAX_STRING(JSON 'false')": "false",

		"BOOL_ARRAY(JSON '[true,false]')": "[true, false]", "INT64_ARRAY(JSON '[10.0,2]')": "[10, 2]", "FLOAT64_ARRAY(JSON '[9]')": "[9]",
		"FLOAT32_ARRAY(JSON '[1.5]')": "[1.5]", "STRING_ARRAY(JSON '[\"a\"]')": "[a]", "FLOAT32(JSON '1.5')": "1.5", "INT64(JSON '1e2')": "100",
	} {
		out, err := d.run("SELECT "+sql, nil, Options{})
		if assert.NoError(t, err, sql) {
			assert.Equal(t, want, out.text(), sql)
		}
	}
	for sql, code := range map[string]codes.Code{
		"JSON_OBJECT('a')":                              codes.InvalidArgument,
		"JSON_OBJECT(1, 2)":                             codes.InvalidArgument,
		"JSON_OBJECT(['a'], [1, 2])":                    codes.OutOfRange,
		"JSON_OBJECT(CAST(NULL AS ARRAY<STRING>), [1])": codes.OutOfRange,
		"JSON_OBJECT([CAST(NULL AS STRING)], [1])":      codes.OutOfRange,
		"JSON_OBJECT([1], [1])":                         codes.InvalidArgument,
		"JSON_OBJECT(['a'], 1)":                         codes.InvalidArgument,
		"JSON_OBJECT(NULL, 2)":                          codes.OutOfRange,
		"JSON_REMOVE(JSON '1', '$')":                    codes.OutOfRange,
		"JSON_KEYS(JSON '{}', 0)":                       codes.OutOfRange,
		"JSON_SET(JSON '{}', '$')":                      codes.InvalidArgument,
		"JSON_SET(JSON '{}', 'a', 1)":                   codes.OutOfRange,
		"JSON_SET(JSON '[]', '$[1000000]', 1)":          codes.OutOfRange,
		"JSON_SET(JSON '{}', '$.a', 1, create => TRUE)": codes.InvalidArgument,
		"JSON_ARRAY_APPEND(JSON '{}', 1, 1)":            codes.InvalidArgument,
		"INT64_ARRAY(JSON '[1.5]')":                     codes.OutOfRange,
		"BOOL_ARRAY(JSON '[null]')":                     codes.OutOfRange,
		"STRING_ARRAY(JSON 'null')":                     codes.OutOfRange,
		"FLOAT32_ARRAY(JSON '[1e40]')":                  codes.OutOfRange,
		"INT64(JSON '1.5')":                             codes.OutOfRange,
	} {
		_, err := d.run("SELECT "+sql, nil, Options{})
		assert.Equal(t, code, status.Code(err), "%s: %v", sql, err)
	}
}
