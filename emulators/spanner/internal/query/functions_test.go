package query

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// functionResults are expressions and the text of their values.
var functionResults = map[string]string{
	// mathematics
	"ROUND(2.55, 1)":                                 "2.5", // the FLOAT64 lies below the half
	"ROUND(-2.5, 0)":                                 "-3",
	"ROUND(1234.5, -2)":                              "1200",
	"ROUND(NUMERIC '2.55', 1)":                       "2.6",
	"TRUNC(-2.59, 1)":                                "-2.5",
	"TRUNC(NUMERIC '1999', -3)":                      "1000",
	"DIV(NUMERIC '-7.5', 2)":                         "-3",
	"DIV(7.5, NUMERIC '0.5')":                        "15",
	"ROUND(CAST(2.5 AS FLOAT32))":                    "3",
	"ROUND(CAST(0.14 AS FLOAT32), 1)":                "0.1",
	"SIGN(CAST(-2.5 AS FLOAT32))":                    "-1",
	"CEIL(CAST(-2.5 AS FLOAT32))":                    "-2",
	"BIT_COUNT(b'\\xff\\x01')":                       "9",
	"BIT_COUNT(b'')":                                 "0",
	"DATE_ADD(DATE '2026-01-01', INTERVAL NULL DAY)": "NULL",
	"SQRT(NUMERIC '2')":                              "1.414213562",
	"SQRT(NUMERIC '4')":                              "2",
	"SQRT(NUMERIC '0.000000001')":                    "0.000031623",
	"EXP(NUMERIC '1')":                               "2.718281828",
	"EXP(NUMERIC '-100')":                            "0",
	"LN(NUMERIC '2')":                                "0.693147181",
	"LOG(NUMERIC '0.5')":                             "-0.693147181",
	"LOG(NUMERIC '8', 2)":                            "3",
	"LOG(2.5, NUMERIC '10')":                         "0.397940009",
	"LOG10(NUMERIC '1000')":                          "3",
	"POW(NUMERIC '2', 2)":                            "4",
	"POW(NUMERIC '4', NUMERIC '0.5')":                "2",
	"POWER(NUMERIC '-2', -3)":                        "-0.125",
	"POW(NUMERIC '0', 0)":                            "1",
	"POW(NUMERIC '0.1', 10)":                         "0",
	"POW(NUMERIC '0.5', 10)":                         "0.000976563",
	"POW(NUMERIC '10', 28)":                          "10000000000000000000000000000",
	"POW(NUMERIC '1.000000001', 1000000000)":         "2.718281827",
	"POW(NUMERIC '99999999999999.5', 2)":             "9999999999999900000000000000.25",
	"LOG(8, 2)":                                      "3",
	"LOG(1)":                                         "0",
	"SIN(0) + COS(0) + TAN(0) + ATAN2(0, 1)":         "1",
	"SAFE_DIVIDE(1, 0)":                              "NULL",
	"SAFE_DIVIDE(1, 4)":                              "0.25",
	"SAFE_ADD(9223372036854775807, 1)":               "NULL",
	"SAFE_SUBTRACT(3, 1)":                            "2",
	"SAFE_MULTIPLY(NUMERIC '1e28', NUMERIC '10')":    "NULL",
	"SAFE_NEGATE(-9223372036854775808)":              "NULL",
	"COSINE_DISTANCE([1.0, 0.0], [0.0, 1.0])":        "1",
	"EUCLIDEAN_DISTANCE([0.0, 3.0], [4.0, 0.0])":     "5",
	"DOT_PRODUCT([1, 2], [3, 4])":                    "11",
	// arrays
	"ARRAY_FIRST([3, 1])":                           "3",
	"ARRAY_LAST([3, 1])":                            "1",
	"ARRAY_MIN([3, NULL, 1])":                       "1",
	"ARRAY_MAX(ARRAY<INT64>[])":                     "NULL",
	"ARRAY_SLICE([1, 2, 3, 4], 1, -2)":              "[2, 3]",
	"ARRAY_SLICE([1, 2], -5, 0)":                    "[1]",
	"ARRAY_SLICE([1, 2], 1, 0)":                     "[]",
	"ARRAY_IS_DISTINCT([1, NULL, NULL])":            "false",
	"ARRAY_IS_DISTINCT([1, 2])":                     "true",
	"ARRAY_INCLUDES_ANY([1, 2], [2, 3])":            "true",
	"ARRAY_INCLUDES_ALL([1, 2], [2, 3])":            "false",
	"ARRAY_INCLUDES([1, 2], e -> e > 1)":            "true",
	"ARRAY_FILTER([5, 6, 7], e -> e > 5)":           "[6, 7]",
	"ARRAY_FILTER([5, 6, 7], (e, i) -> i < 2)":      "[5, 6]",
	"ARRAY_TRANSFORM([1, 2], (e, i) -> e * 10 + i)": "[10, 21]",
	"ARRAY_TRANSFORM(['a'], e -> CONCAT(e, 'b'))":   "[ab]",
	"ARRAY_TRANSFORM([1, 2], e -> ARRAY_LENGTH(ARRAY_FILTER([1, 2, 3], f -> f > e)))":                                             "[2, 1]",
	"(SELECT ARRAY_AGG(Id ORDER BY Id) FROM Users WHERE ARRAY_INCLUDES(Tags, t -> t > Name AND t < 'y'))":                         "[1]",
	"(SELECT COUNT(*) FROM Users u JOIN Orders o ON o.UserId = u.Id AND ARRAY_INCLUDES([1, 2], e -> e = u.Id AND e = o.OrderId))": "1",
	"GENERATE_ARRAY(1.0, 2.0, 0.5)":                                               "[1, 1.5, 2]",
	"GENERATE_ARRAY(NUMERIC '2', 1, -1)":                                          "[2, 1]",
	"GENERATE_DATE_ARRAY(DATE '2026-01-31', DATE '2026-03-31', INTERVAL 1 MONTH)": "[2026-01-31, 2026-02-28, 2026-03-31]",
	"GENERATE_DATE_ARRAY(DATE '2026-01-02', DATE '2026-01-01')":                   "[]",
	"ARRAY_TO_STRING([b'a', b'b'], b'-') = b'a-b'":                                "true",
	// text and bytes
	"REGEXP_EXTRACT_ALL('a1b22', '[0-9]+')":       "[1, 22]",
	"REGEXP_EXTRACT_ALL('a1b22', '[a-z]([0-9])')": "[1, 2]",
	"TO_CODE_POINTS('aé')":                        "[97, 233]",
	"TO_CODE_POINTS(b'\\xff')":                    "[255]",
	"CODE_POINTS_TO_STRING([97, 233])":            "aé",
	"CODE_POINTS_TO_STRING([97, NULL])":           "NULL",
	"CODE_POINTS_TO_BYTES([65, 255]) = b'A\\xff'": "true",
	"TO_BASE32(b'abc')":                           "MFRGG===",
	"FROM_BASE32('MFRGG===') = b'abc'":            "true",
	"SOUNDEX('Ashcraft')":                         "A261",
	"SOUNDEX('Tymczak')":                          "T522",
	"SOUNDEX('')":                                 "",
	"NORMALIZE('\\u2168', NFKC)":                  "IX",
	"NORMALIZE_AND_CASEFOLD('AB')":                "ab",
	"UPPER(b'a\\xe4') = b'A\\xe4'":                "true",
	"REVERSE(b'abc') = b'cba'":                    "true",
	"LPAD(b'a', 4, b'xy') = b'xyxa'":              "true",
	"TRIM(b'xax', b'x') = b'a'":                   "true",
	"REPLACE(b'aba', b'a', b'cc') = b'ccbcc'":     "true",
	"ARRAY_LENGTH(SPLIT(b'a,b', b','))":           "2",
	"REGEXP_REPLACE(b'abc', b'b', b'x') = b'axc'": "true",
	// dates and timestamps
	"PARSE_DATE('%Y-%m-%d', '2026-03-04')":                           "2026-03-04",
	"PARSE_DATE('%d %B %y', '4 March 26')":                           "2026-03-04",
	"PARSE_DATE('%j/%Y', '060/2024')":                                "2024-02-29",
	"PARSE_DATE('%F', '2024-02-29')":                                 "2024-02-29",
	"PARSE_TIMESTAMP('%F %T', '2026-01-02 03:04:05', 'UTC')":         "2026-01-02T03:04:05Z",
	"PARSE_TIMESTAMP('%F %I:%M %p%Ez', '2026-01-02 12:04 AM+01:00')": "2026-01-01T23:04:00Z",
	"PARSE_TIMESTAMP('%s', '-1')":                                    "1969-12-31T23:59:59Z",
	"PARSE_TIMESTAMP('%FT%H:%M:%E*S%Z', '2026-01-02T03:04:05.5UTC')": "2026-01-02T03:04:05.5Z",
	// addresses
	"NET.IP_TO_STRING(NET.IP_FROM_STRING('1.2.3.4'))":                 "1.2.3.4",
	"NET.IP_TO_STRING(NET.IP_TRUNC(NET.IP_FROM_STRING('::ff'), 124))": "::f0",
	"NET.IP_NET_MASK(4, 20) = b'\\xff\\xff\\xf0\\x00'":                "true",
	"NET.SAFE_IP_FROM_STRING('1.2.3')":                                "NULL",
	"NET.IPV4_TO_INT64(NET.IPV4_FROM_INT64(-1))":                      "4294967295",
	"NET.HOST('http://user@a.b.co.uk:80/x')":                          "a.b.co.uk",
	"NET.PUBLIC_SUFFIX('http://a.b.co.uk')":                           "co.uk",
	"NET.REG_DOMAIN('//a.b.co.uk')":                                   "b.co.uk",
	"NET.REG_DOMAIN('localhost')":                                     "NULL",
	"ACOS(CAST('inf' AS FLOAT64))":                                    "nan",
	"EXP(CAST('-inf' AS FLOAT64))":                                    "0",
	"POW(CAST('-inf' AS FLOAT64), 3)":                                 "-inf",
	// aggregates
	"(SELECT VARIANCE(x) FROM UNNEST([1, 2, 3, 4]) x)":                                     "1.6666666666666667",
	"(SELECT STDDEV(x) FROM UNNEST([2.0, 4.0]) x)":                                         "1.4142135623730951",
	"(SELECT VAR_SAMP(x) FROM UNNEST([1]) x)":                                              "NULL",
	"(SELECT ANY_VALUE(x HAVING MAX y) FROM UNNEST([STRUCT('a' AS x, 1 AS y), ('b', 2)]))": "b",
}

func TestFunctions(t *testing.T) {
	d := filled(t)
	for sql, want := range functionResults {
		out, err := d.run("SELECT "+sql, nil, Options{})
		if assert.NoError(t, err, sql) {
			assert.Equal(t, want, out.text(), sql)
		}
	}
	for sql, code := range map[string]codes.Code{
		"DIV(NUMERIC '1', 0)":                           codes.OutOfRange,
		"DIV(NUMERIC '9e28', NUMERIC '0.1')":            codes.OutOfRange,
		"JSON_VALUE(JSON '1', CONCAT('$', ''))":         codes.InvalidArgument,
		"SQRT(NUMERIC '-1')":                            codes.OutOfRange,
		"EXP(NUMERIC '70')":                             codes.OutOfRange,
		"LN(NUMERIC '0')":                               codes.OutOfRange,
		"LOG(NUMERIC '2', 1)":                           codes.OutOfRange,
		"POW(NUMERIC '-2', NUMERIC '0.5')":              codes.OutOfRange,
		"POW(NUMERIC '0', -1)":                          codes.OutOfRange,
		"POW(NUMERIC '10', 29)":                         codes.OutOfRange,
		"POW(NUMERIC '2', NUMERIC '1e28')":              codes.OutOfRange,
		"LOG(0)":                                        codes.OutOfRange,
		"(SELECT SUM(x) FROM UNNEST([1e308, 1e308]) x)": codes.OutOfRange,
		"(SELECT AVG(x) FROM UNNEST([1e308, 1e308]) x)": codes.OutOfRange,
		"ACOS(2)":                                codes.OutOfRange,
		"ATANH(1)":                               codes.OutOfRange,
		"COSH(1000)":                             codes.OutOfRange,
		"EXP(1000)":                              codes.OutOfRange,
		"POW(10, 400)":                           codes.OutOfRange,
		"POW(0, -1)":                             codes.OutOfRange,
		"POW(-8, 0.333)":                         codes.OutOfRange,
		"SAFE_NEGATE('a')":                       codes.InvalidArgument,
		"COSINE_DISTANCE([0.0], [1.0])":          codes.OutOfRange,
		"DOT_PRODUCT([1], [1, 2])":               codes.OutOfRange,
		"ARRAY_FIRST(ARRAY<INT64>[])":            codes.OutOfRange,
		"ARRAY_FILTER([1], e -> e)":              codes.InvalidArgument,
		"ARRAY_FILTER([1], (e, e) -> TRUE)":      codes.InvalidArgument,
		"ARRAY_TRANSFORM([1], e -> [e])":         codes.InvalidArgument,
		"ARRAY_TRANSFORM([1], 1)":                codes.InvalidArgument,
		"ARRAY_TRANSFORM([1], e -> 1 / (e - e))": codes.OutOfRange,
		"GENERATE_ARRAY(0.0, 1.0, 0.0)":          codes.OutOfRange,
		"GENERATE_ARRAY(0.0, 1.0, 0.0000001)":    codes.OutOfRange,
		"CODE_POINTS_TO_STRING([55296])":         codes.OutOfRange,
		"CODE_POINTS_TO_BYTES([256])":            codes.OutOfRange,
		"NORMALIZE('a', NFX)":                    codes.InvalidArgument,
		"PARSE_DATE('%F', '2026-02-29')":         codes.OutOfRange,
		"PARSE_DATE('%F', '2026-02-28x')":        codes.OutOfRange,
		"PARSE_DATE('%Q', '2026')":               codes.Unimplemented,
		"NET.IP_FROM_STRING('x')":                codes.OutOfRange,
		"NET.IP_TRUNC(b'abc', 1)":                codes.OutOfRange,
		"SEARCH('a', 'b')":                       codes.Unimplemented,
		"NO_SUCH_FUNCTION(1)":                    codes.InvalidArgument,
	} {
		_, err := d.run("SELECT "+sql, nil, Options{})
		assert.Equal(t, code, status.Code(err), "%s: %v", sql, err)
	}
}

func FuzzParseTime(f *testing.F) {
	f.Add("%Y-%m-%d %H:%M:%E*S%Ez", "2026-01-02 03:04:05.6+01:00")
	f.Add("%E", "x")
	f.Add("%b %A %p %s", "Jan Monday PM -5")
	f.Fuzz(func(_ *testing.T, format, text string) { _, _ = parseTime(format, text, defaultZone) })
}
