package behaviour_test

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
)

// each is a behaviour of SQL that needs no more than a row of its value: text, then SQL.
func each(name string, wantAndSQL ...string) behaviour {
	b := behaviour{name: name}
	for i := 0; i < len(wantAndSQL); i += 2 {
		b.steps = append(b.steps, ask("SELECT "+wantAndSQL[i+1]).gives(wantAndSQL[i]))
	}
	return b
}

// TestSQL follows query.cc in GoogleSQL, without its model of machine learning.
func TestSQL(t *testing.T) {
	ddl := []string{
		"CREATE TABLE Users (UserID INT64 NOT NULL, Name STRING(MAX), Age INT64) PRIMARY KEY (UserID)",
		"CREATE TABLE Threads (UserID INT64 NOT NULL, ThreadID INT64 NOT NULL, Starred BOOL) PRIMARY KEY (UserID, ThreadID), INTERLEAVE IN PARENT Users ON DELETE CASCADE",
		"CREATE TABLE Kinds (I INT64 NOT NULL, B BOOL, Y BYTES(MAX), D DATE, F FLOAT64, S STRING(MAX), N NUMERIC, Ts TIMESTAMP, J JSON) PRIMARY KEY (I)",
		"CREATE TABLE Numbers (K NUMERIC, V INT64) PRIMARY KEY (K)",
		"CREATE TABLE Lists (K INT64 NOT NULL, L ARRAY<STRING(30)>, Has BOOL AS (ARRAY_INCLUDES(L, 'no')) STORED) PRIMARY KEY (K)",
	}
	fill := apply(
		insert("Users", "UserID Name Age", row(1, "Ann Bo", 49), row(2, "Cy Di", 61), row(3, "Ed F", 81)),
		insert("Threads", "UserID ThreadID Starred", row(1, 1, true), row(1, 4, false), row(2, 1, false)),
		insert("Kinds", "I B Y D F S N Ts J", row(0, nil, nil, nil, nil, nil, nil, nil, nil), row(1, true, []byte("bytes"), "2020-12-01", 345.123, "text", "123.456789", "1970-01-01T00:00:00Z", `{"key":123}`)),
		insert("Numbers", "K V", row(nil, nil), row("-12.3", -1), row("0", 0), row("12.3", 1)),
		insert("Lists", "K L", row(1, row("a")), row(2, row("b", "no")), row(3, nil)))
	wide := "SELECT t0.UserID FROM Users t0" + strings.ReplaceAll(many(21, " JOIN Users u%[1]d ON u%[1]d.UserID = t0.Age"), ",", "")
	const wrong, shape = codes.InvalidArgument, codes.Unimplemented
	show(t, ddl,
		behaviour{"all types", []step{fill, ask("SELECT * FROM Kinds ORDER BY I").gives("0 NULL NULL NULL NULL NULL NULL NULL NULL",
			`1 true Ynl0ZXM= 2020-12-01 345.123 text 123.456789 1970-01-01T00:00:00Z {"key":123}`)}},
		each("casts", "true abc -1 1.1", "true AS a, CAST('abc' AS STRING) b, CAST(-1 AS INT64) c, CAST(1.1 AS FLOAT64) d"),
		behaviour{"joins, arrays of structs, nothing, nonsense", []step{fill,
			ask("SELECT t.ThreadID, t.Starred FROM Users, Threads t WHERE Users.UserID = t.UserID AND Users.UserID = 1 AND t.ThreadID = 4").gives("4 false"),
			ask("SELECT UserID, ARRAY(SELECT AS STRUCT t.ThreadID FROM Threads t WHERE t.UserID = u.UserID ORDER BY t.ThreadID DESC) FROM Users u WHERE UserID = 1").gives("1 [[4] [1]]"),
			ask("SELECT t.ThreadID FROM Users, Threads t WHERE Users.UserID = t.UserID AND Users.UserID = 10").gives(),
			ask("SELECT invalid-identifier FROM Users").fails(wrong)}},
		behaviour{"structs are no columns", []step{ask("SELECT STRUCT<f INT64>(100) AS s FROM Users").fails(shape, "A struct value cannot be returned as a column value."), ask("SELECT STRUCT<INT64>(1)").fails(shape),
			ask("SELECT ARRAY(SELECT STRUCT<>())").gives("[[]]"), ask("SELECT ARRAY(SELECT STRUCT<INT64>(1))").gives("[[1]]"), ask("SELECT ARRAY<STRUCT<INT64>>[]").gives("[]"), ask("SELECT ARRAY<INT64>[]").gives("[]"),
			ask("SELECT IF(false, ARRAY<STRUCT<INT64>>[], null)").fails(shape, "null-valued array of struct")}},
		each("hashes and aliases of functions", "sQqNsWTgdUEFt6mb5y4/5Q==", "MD5('Hello World')", "3 3 4 4 2 2", "CHARACTER_LENGTH('abc'), CHAR_LENGTH('abc'), POWER(2, 2), POW(2, 2), CEILING(1.6), CEIL(1.6)"),
		each("JSON", `"str" "str" null NULL`, `JSON_QUERY(JSON '{"a":"str","b":2}', '$.a'), JSON_QUERY('{"a":"str","b":2}', '$.a'), JSON_QUERY(JSON '{"a":null}', '$.a'), JSON_QUERY(JSON '{"a":null}', '$.b')`,
			"str NULL NULL", `JSON_VALUE(JSON '{"a":"str"}', '$.a'), JSON_VALUE(JSON '{"a":null}', '$.a'), JSON_VALUE(JSON '{"a":null}', '$')`,
			`{"a":[1,2],"b":"str"} {"id":1.2345678901234568e+20} {"id":123}`, `PARSE_JSON('{"a":[1,2],"b":"str"}'), PARSE_JSON('{"id":123456789012345678901}', wide_number_mode=>'round'), PARSE_JSON('{"id":123}', wide_number_mode => 'exact')`,
			`123 12345678901234567 "12345678901234567" {"a":"str","b":2} 123`, `TO_JSON(123), TO_JSON(12345678901234567, stringify_wide_numbers=>FALSE), TO_JSON(12345678901234567, stringify_wide_numbers=>TRUE), TO_JSON_STRING(JSON '{"a":"str", "b":2}'), TO_JSON_STRING(JSON '123')`,
			`"str" [1,2,3] 2 "str" NULL`, `JSON '{"a":"str"}'["a"], JSON '{"b":[1,2,3]}'["b"], JSON '{"b":[1,2,3]}'["b"][1], JSON '{"a":"str"}'.a, JSON '{"a":"str"}'.c`),
		behaviour{"JSON that is none", []step{
			ask(`SELECT PARSE_JSON('{"id":123456789012345678901}')`).fails(codes.OutOfRange), ask(`SELECT PARSE_JSON('{"id":123456789012345678901}', wide_number_mode=>'exact')`).fails(codes.OutOfRange),
			ask(`SELECT TO_JSON(NUMERIC '123456789.123456789', stringify_wide_numbers=>FALSE)`).fails(codes.OutOfRange),
			ask(`SELECT TO_JSON_STRING('{}')`).fails(shape, "TO_JSON_STRING"), ask("SELECT TO_JSON_STRING(123)").fails(shape, "TO_JSON_STRING")}},
		behaviour{"FORMAT", []step{ask("SELECT FORMAT('%s %s', 'hello', 'world')").fails(shape, "FORMAT")}},
		each("dates and timestamps", "2020-12-30 2020-12-20 5 2020-12-01 51", "DATE_ADD(d, INTERVAL 5 DAY), DATE_SUB(d, INTERVAL 5 DAY), DATE_DIFF(d, DATE '2020-12-20', DAY), DATE_TRUNC(d, MONTH), EXTRACT(WEEK FROM d) FROM UNNEST([DATE '2020-12-25']) d",
			"2020-12-01T15:40:00Z 2020-12-01T15:20:00Z 1 2020-12-01T00:00:00Z 15", `TIMESTAMP_ADD(t, INTERVAL 10 MINUTE), TIMESTAMP_SUB(t, INTERVAL 10 MINUTE), TIMESTAMP_DIFF(t, TIMESTAMP "2020-12-01 14:30:00+00", HOUR),
				TIMESTAMP_TRUNC(t, DAY, "UTC"), EXTRACT(HOUR FROM t AT TIME ZONE "UTC") FROM UNNEST([TIMESTAMP "2020-12-01 15:30:00+00"]) t`, "2020-12-01T08:00:00Z", "TIMESTAMP '2020-12-01'"),
		each("NET", "0", `NET.IPV4_TO_INT64(b"\x00\x00\x00\x00")`, "AAAAAA== AAAAAA== 48.48.48.48 AAAAAA== MAAAAA== AAAAAA== 808464432 a NULL NULL", `NET.IP_FROM_STRING("0.0.0.0"), NET.SAFE_IP_FROM_STRING("0.0.0.0"), NET.IP_TO_STRING(b"0000"), NET.IP_NET_MASK(4, 0),
			NET.IP_TRUNC(b"0000", 4), NET.IPV4_FROM_INT64(0), NET.IPV4_TO_INT64(b"0000"), NET.HOST("a"), NET.PUBLIC_SUFFIX("B"), NET.REG_DOMAIN("C")`),
		behaviour{"sizes", []step{ask(wide).fails(wrong, "joins exceeds"), ask(fmt.Sprintf("SELECT '%01048576d'", 0)).fails(wrong, "Query string length")}},
		behaviour{"NUMERIC keys", []step{fill,
			ask("SELECT V FROM Numbers WHERE K < 0").gives("-1"), ask("SELECT V FROM Numbers WHERE K = 0").gives("0"), ask("SELECT V FROM Numbers WHERE K > 0").gives("1"), ask("SELECT V FROM Numbers WHERE K IS NULL").gives("NULL"),
			ask("SELECT V FROM Numbers WHERE K IS NOT NULL ORDER BY K").gives("-1", "0", "1"), ask("SELECT V FROM Numbers WHERE K < -12.1 OR K > 12.2 ORDER BY K").gives("-1", "1")}},
		behaviour{"columns left out, spread", []step{fill, ask("SELECT * EXCEPT (B, Y, D, F, S, N, Ts, J) FROM Kinds ORDER BY I").gives("0", "1"),
			ask("SELECT STDDEV(I) > .6, STDDEV_SAMP(I) > .6, VAR_SAMP(I) > .4, VARIANCE(I) > .4 FROM Kinds").gives("true true true true")}},
		each("SAFE and bits", "NULL", `SAFE.REGEXP_CONTAINS("s", ")")`, "NULL 1", "BIT_REVERSE(1, CAST(NULL AS BOOL)), BIT_REVERSE(4611686018427387904, true)"),
		behaviour{"sequences that are none", []step{ask("SELECT GET_INTERNAL_SEQUENCE_STATE(SEQUENCE MySeq)").fails(wrong, "Sequence not found: MySeq"), ask("SELECT GET_NEXT_SEQUENCE_VALUE(SEQUENCE MySeq)").fails(wrong, "Sequence not found: MySeq")}},
		behaviour{"WITH OFFSET", []step{ask("SELECT * FROM UNNEST(array[10, 20]) AS x WITH OFFSET AS o ORDER BY o").gives("10 0", "20 1")}},
		behaviour{"ARRAY_INCLUDES in a generated column", []step{fill, ask("SELECT K, Has FROM Lists ORDER BY K").gives("1 false", "2 true", "3 NULL")}},
		behaviour{"ORDER BY and LIMIT in aggregates", []step{fill, ask("SELECT ARRAY(SELECT UserID FROM Users ORDER BY UserID), ARRAY_AGG(UserID ORDER BY UserID DESC) FROM Users").gives("[1 2 3] [3 2 1]"),
			ask("SELECT STRING_AGG(Name ORDER BY Name), STRING_AGG(Name, '; ' ORDER BY Name DESC) FROM Users").gives("Ann Bo,Cy Di,Ed F Ed F; Cy Di; Ann Bo"),
			ask("SELECT ARRAY_AGG(UserID ORDER BY UserID LIMIT 1), ARRAY_AGG(UserID ORDER BY UserID DESC LIMIT 2), STRING_AGG(Name ORDER BY Name LIMIT 2), STRING_AGG(Name, ';' ORDER BY Name LIMIT 2) FROM Users").gives("[1] [3 2] Ann Bo,Cy Di Ann Bo;Cy Di")}},
		behaviour{"lock hints", []step{fill, do("@{lock_scanned_ranges=EXCLUSIVE} SELECT Age FROM Users WHERE UserID = 2").gives("61")}},
		behaviour{"models", []step{ask("SELECT * FROM ML.PREDICT(MODEL m, TABLE Users)").fails(shape, "ML.PREDICT")}},
	)
}
