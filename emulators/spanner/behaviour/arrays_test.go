package behaviour_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
)

// TestArrays follows arrays.cc.
func TestArrays(t *testing.T) {
	ddl := []string{`CREATE TABLE T (K INT64 NOT NULL, Bools ARRAY<BOOL>, Ints ARRAY<INT64>, Floats ARRAY<FLOAT64>, Singles ARRAY<FLOAT32>,
		Texts ARRAY<STRING(20)>, Longs ARRAY<STRING(MAX)>, Bytes ARRAY<BYTES(4)>, Dates ARRAY<DATE>, Times ARRAY<TIMESTAMP>,
		Numerics ARRAY<NUMERIC>, Docs ARRAY<JSON>, Held ARRAY<INT64> NOT NULL DEFAULT (ARRAY<INT64>[])) PRIMARY KEY (K)`}
	noon := time.Date(2020, 2, 29, 12, 0, 0, 1, time.UTC)
	kept := func(title, column string, values []any, printed string) behaviour {
		all := read("T", "K "+column, allKeys())
		return behaviour{title, []step{
			apply(insert("T", "K "+column, row(1, values), row(2, []any{}), row(3, []any{nil}), row(4, nil), row(5, append([]any{nil}, values...)))),
			all.gives("1 ["+printed+"]", "2 []", "3 [NULL]", "4 NULL", "5 [NULL "+printed+"]"),
			ask("SELECT K FROM T WHERE " + column + " IS NULL").gives("4"), ask("SELECT K FROM T WHERE ARRAY_LENGTH(" + column + ") = 0").gives("2"),
			change("INSERT INTO T (K, " + column + ") SELECT K + 10, " + column + " FROM T WHERE K IN (2, 5)").counts(2),
			read("T", column, keys(row(12), row(15))).gives("[]", "[NULL "+printed+"]")}}
	}
	show(t, ddl,
		kept("BOOL", "Bools", row(true, false), "true false"),
		kept("INT64", "Ints", row(1, 2, 3), "1 2 3"),
		kept("FLOAT64", "Floats", row(1.5, "NaN", "-Infinity"), "1.5 NaN -Infinity"),
		kept("FLOAT32", "Singles", row(1.5, "Infinity"), "1.5 Infinity"),
		kept("STRING", "Texts", row("test", "", "NULL"), "test  NULL"),
		kept("BYTES", "Bytes", row([]byte("1234"), []byte{}), "MTIzNA== "),
		kept("DATE", "Dates", row("0001-01-01", "9999-12-31"), "0001-01-01 9999-12-31"),
		kept("TIMESTAMP", "Times", row(noon, noon), "2020-02-29T12:00:00.000000001Z 2020-02-29T12:00:00.000000001Z"),
		kept("JSON", "Docs", row(`{"b": 1, "a": true}`, `[1, "x"]`, "null"), `{"a":true,"b":1} [1,"x"] null`),
		kept("NUMERIC", "Numerics", row("-124523523.235235", "0.000000001", "99999999999999999999999999999.999999999"),
			"-124523523.235235 0.000000001 99999999999999999999999999999.999999999"),
		behaviour{"several columns", []step{
			apply(insert("T", "K Texts", row(1, row("test", nil))), insert("T", "K Bytes", row(2, row([]byte("1234"), nil))), insert("T", "K Dates", row(3, row("0001-01-01")))),
			read("T", "K Texts Bytes Dates Ints", allKeys()).gives("1 [test NULL] NULL NULL NULL", "2 NULL [MTIzNA== NULL] NULL NULL", "3 NULL NULL [0001-01-01] NULL")}},
	)
	texts := read("T", "K Texts Ints", allKeys())
	first := apply(insert("T", "K Texts Ints", row(1, row("a", "b"), row(1, 2))))
	show(t, ddl,
		behaviour{"an upsert", []step{apply(upsert("T", "K Texts", row(1, row("a", "b")))), texts.gives("1 [a b] NULL"),
			apply(upsert("T", "K Texts Ints", row(1, row("c"), row(1, 2)))), texts.gives("1 [c] [1 2]"), apply(upsert("T", "K Ints", row(1, row()))), texts.gives("1 [c] []")}},
		behaviour{"an update", []step{first, apply(update("T", "K Texts", row(1, row("c")))), texts.gives("1 [c] [1 2]")}},
		behaviour{"a replacement clears the other columns", []step{first, apply(replace("T", "K Texts", row(1, row("c")))), texts.gives("1 [c] NULL")}},
		behaviour{"NOT NULL is of the array, not of its elements", []step{
			apply(insert("T", "K", row(1)), insert("T", "K Held", row(2, row(nil)))), apply(insert("T", "K Held", row(3, nil))).fails(codes.FailedPrecondition, "Held"),
			read("T", "K Held", allKeys()).gives("1 []", "2 [NULL]")}},
	)
	long, mebibyte := strings.Repeat("x", 21), strings.Repeat("a", 1<<20)
	refused := func(column string, value any, parts ...string) step {
		return apply(insert("T", "K "+column, row(1, value))).fails(codes.FailedPrecondition, append(parts, column)...)
	}
	ten := row(mebibyte, mebibyte, mebibyte, mebibyte, mebibyte, mebibyte, mebibyte, mebibyte, mebibyte, mebibyte[64:])
	show(t, ddl,
		behaviour{"elements that are too long", []step{
			refused("Texts", row("a", long)), refused("Bytes", row([]byte("12345"))), apply(insert("T", "K Texts", row(1, row(long[1:], strings.Repeat("ü", 20))))),
			change("UPDATE T SET Texts = ['"+long+"'] WHERE K = 1").fails(codes.FailedPrecondition, "Texts"), ask("SELECT ARRAY_LENGTH(Texts) FROM T").gives("2")}},
		behaviour{"10 MiB", []step{
			apply(insert("T", "K Longs", row(2, ten))), ask("SELECT ARRAY_LENGTH(Longs) FROM T").gives("10"), refused("Longs", append(ten, mebibyte)), texts.gives("2 NULL NULL")}},
		behaviour{"elements that are none", []step{
			refused("Dates", row("0000-00-00")), refused("Dates", row("2021-02-29")), refused("Times", row("2021-02-29T00:00:00Z")), refused("Numerics", row("0.0000000001")),
			refused("Docs", row("{")), refused("Bytes", row("!")), refused("Ints", row(1, "a")), refused("Bools", row("true")), refused("Ints", row(1, row(2))), refused("Ints", 1),
			refused("Singles", row("a")), texts.gives()}},
		behaviour{"ARRAY_TRANSFORM", []step{
			ask("SELECT ARRAY_TRANSFORM([1, 2, 3], e -> e * 2) AS x").gives("[2 4 6]"), ask("SELECT ARRAY_TRANSFORM([5, NULL], (e, i) -> e + i)").gives("[5 NULL]"),
			first, ask("SELECT ARRAY_TRANSFORM(Texts, e -> CONCAT(e, CAST(K AS STRING))) FROM T").gives("[a1 b1]")}},
		behaviour{"vector_length", []step{
			alter("CREATE TABLE V (K INT64, E ARRAY<FLOAT64>(vector_length=>2)) PRIMARY KEY (K)").fails(codes.Unimplemented, "vector_length"),
			alter("ALTER TABLE T ADD COLUMN E ARRAY<FLOAT32>(vector_length=>2)").fails(codes.Unimplemented, "vector_length")}},
	)
}
