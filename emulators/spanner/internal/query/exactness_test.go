package query

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// The rules of comparison and rounding that Spanner's documentation of data types gives.
func TestTypesAreExact(t *testing.T) {
	d := filled(t)
	const nan, floats = "CAST('nan' AS FLOAT64)", "UNNEST([1.0, CAST('nan' AS FLOAT64), NULL, CAST('-inf' AS FLOAT64), -0.0, 0.0, CAST('nan' AS FLOAT64)])"
	const structs = "UNNEST([STRUCT(1 AS a, 2 AS b), (1, NULL)])"
	for sql, want := range map[string]string{
		nan + " = " + nan: "false", nan + " != " + nan: "true", nan + " < 1": "false", nan + " >= 1": "false", nan + " IN (1.0, " + nan + ")": "false",
		"-0.0 = 0.0": "true", "-0.0 < 0.0": "false",
		"(SELECT COUNT(DISTINCT x) FROM " + floats + " AS x)":                                     "4",
		"ARRAY(SELECT ABS(x) FROM " + floats + " AS x GROUP BY x ORDER BY x)":                     "[NULL, nan, inf, 0, 1]",
		"ARRAY(SELECT x FROM " + floats + " AS x WHERE x != 0 OR x IS NULL ORDER BY x DESC)":      "[1, -inf, nan, nan, NULL]",
		"ARRAY(SELECT COUNT(*) FROM " + floats + " AS x GROUP BY x ORDER BY 1)":                   "[1, 1, 1, 2, 2]",
		"(SELECT MAX(x) FROM " + floats + " AS x)":                                                "nan",
		"(SELECT MIN(x) FROM " + floats + " AS x WHERE NOT IS_NAN(x))":                            "-inf",
		"CAST(0.1 AS FLOAT32) = CAST(0.1 AS FLOAT64)":                                             "false",
		"CAST(16777217 AS FLOAT32) = 16777216":                                                    "true",
		"CAST(CAST('1e39' AS FLOAT64) AS STRING)":                                                 "1e+39",
		"TIMESTAMP '2026-01-01 00:00:00.123456789Z' < TIMESTAMP '2026-01-01 00:00:00.123456790Z'": "true",
		"CAST(TIMESTAMP '2026-01-01 08:00:00.000000001Z' AS STRING)":                              "2026-01-01 00:00:00.000000001-08",
		"TIMESTAMP '0001-01-01 00:00:00Z' < TIMESTAMP '9999-12-31 23:59:59.999999999Z'":           "true",
		`b'\x00' < b'\x00\x00'`: "true", `b'\xff' > b'a'`: "true", `b'' < b'\x00'`: "true", "'Z' < 'a'": "true", `'\uffff' < '\U00010000'`: "true",
		"CAST('0.0000000005' AS NUMERIC) = NUMERIC '0.000000001'":                  "true",
		"CAST('-0.0000000005' AS NUMERIC)":                                         "-0.000000001",
		"CAST('0.00000000049' AS NUMERIC)":                                         "0",
		"NUMERIC '1' / NUMERIC '3'":                                                "0.333333333",
		"NUMERIC '2' / NUMERIC '3'":                                                "0.666666667",
		"NUMERIC '99999999999999999999999999999.999999999' = NUMERIC '1e28'":       "false",
		"NUMERIC '1.10' = NUMERIC '1.1'":                                           "true",
		"CAST(NUMERIC '2.5' AS INT64)":                                             "3",
		"CAST(NUMERIC '-2.5' AS INT64)":                                            "-3",
		"TO_JSON_STRING(JSON '[1.0, 10, 1e2, 18446744073709551615, -0.0]')":        "[1.0,10,100.0,18446744073709551615,-0.0]",
		"(1, CAST(NULL AS INT64)) = (1, 2)":                                        "NULL",
		"(2, CAST(NULL AS INT64)) = (1, 2)":                                        "false",
		"(1, CAST(NULL AS INT64)) IN ((1, 2), (2, 3))":                             "NULL",
		"(3, CAST(NULL AS INT64)) IN ((1, 2), (2, 3))":                             "false",
		"(1, CAST(NULL AS INT64)) IN (SELECT AS STRUCT a, b FROM " + structs + ")": "NULL",
		"(1, 3) IN (SELECT AS STRUCT a, b FROM " + structs + ")":                   "NULL",
		"(1, 2) IN (SELECT AS STRUCT a, b FROM " + structs + ")":                   "true",
		"(2, 2) IN (SELECT AS STRUCT a, b FROM " + structs + ")":                   "false",
		"(2, 2) NOT IN (SELECT AS STRUCT a, b FROM " + structs + ")":               "true",
		"(1, CAST(NULL AS INT64)) IN UNNEST([STRUCT(1, CAST(NULL AS INT64))])":     "NULL",
		"NULL IN (SELECT 1 FROM UNNEST([1]) WHERE FALSE)":                          "false",
		"1 NOT IN (SELECT x FROM UNNEST([2, NULL]) AS x)":                          "NULL",
	} {
		out, err := d.run("SELECT "+sql, nil, Options{})
		if assert.NoError(t, err, sql) {
			assert.Equal(t, want, out.text(), sql)
		}
	}
	for sql, code := range map[string]codes.Code{
		"CAST('99999999999999999999999999999.9999999995' AS NUMERIC)": codes.OutOfRange,
		"NUMERIC '99999999999999999999999999999' * NUMERIC '10'":      codes.OutOfRange,
		"CAST(CAST('1e39' AS FLOAT64) AS FLOAT32)":                    codes.OutOfRange,
		"JSON '1' = JSON '1'":                                         codes.InvalidArgument,
		"[1] = [1]":                                                   codes.InvalidArgument,
		"[1] < [2]":                                                   codes.InvalidArgument,
		"(1, 2) < (1, 3)":                                             codes.InvalidArgument,
		"TIMESTAMP '2026-01-01 00:00:00.1234567891Z'":                 codes.InvalidArgument,
	} {
		_, err := d.run("SELECT "+sql, nil, Options{})
		assert.Equal(t, code, status.Code(err), "%s: %v", sql, err)
	}
}
