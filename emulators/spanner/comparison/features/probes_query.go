package main

import (
	"context"
	"fmt"
	"math"
	"math/big"

	"cloud.google.com/go/civil"
	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"
)

// What the README of Google's emulator says.
const (
	byFullSQL  = "yes (“full SQL/DML”)"
	documented = "yes"
	unsaid     = "not said"
)

func probes() []probe {
	var all []probe
	for _, group := range [][]probe{queryProbes(), typeProbes(), readProbes(), transactionProbes(), writeProbes(), schemaProbes(), serviceProbes()} {
		all = append(all, group...)
	}
	return all
}

func queryProbes() []probe {
	many := make([]int64, 500)
	for i := range many {
		many[i] = int64(i)
	}
	return []probe{
		asks("CASE, COALESCE, IF", "SELECT CASE WHEN K = 1 THEN 'one' ELSE COALESCE(S, 'none') END, IF(K > 2, 1, 0) FROM Numbers ORDER BY K", nil, "one,0;b,0;none,1"),
		asks("`IS TRUE`, `IS NOT TRUE` with NULL", "SELECT K FROM Numbers WHERE (N > 10) IS NOT TRUE ORDER BY K", nil, "1;3"),
		asks("a parameter used in WHERE and in LIMIT", "SELECT K FROM Numbers WHERE K >= @n ORDER BY K LIMIT @n", map[string]any{"n": int64(2)}, "2;3"),
		asks("500 values in `IN UNNEST(@ids)`", "SELECT K FROM Numbers WHERE K IN UNNEST(@ids) ORDER BY K", map[string]any{"ids": many}, "1;2;3"),
		asks("WITH", "WITH Big AS (SELECT K, N FROM Numbers WHERE N >= 10) SELECT SUM(N) FROM Big", nil, "30"),
		asks("UNION, INTERSECT, EXCEPT", "(SELECT K FROM Numbers EXCEPT DISTINCT SELECT 2) UNION ALL (SELECT 7 INTERSECT DISTINCT SELECT 7) ORDER BY 1", nil, "1;3;7"),
		asks("joins: LEFT with ON, USING", "SELECT a.K, b.S FROM Numbers a JOIN Numbers c USING (K) LEFT JOIN Numbers b ON b.K = a.K + 1 ORDER BY a.K", nil, "1,b;2,NULL;3,NULL"),
		asks("correlated subqueries", "SELECT K, (SELECT COUNT(*) FROM Numbers i WHERE i.K < o.K) FROM Numbers o WHERE EXISTS (SELECT 1 FROM Numbers i WHERE i.N > o.N) ORDER BY K", nil, "1,0"),
		asks("GROUP BY, HAVING, COUNT, SUM, MIN, AVG", "SELECT N > 5 AS Big, COUNT(*) AS C, SUM(K), MIN(S), AVG(N) FROM Numbers GROUP BY Big HAVING C > 1", nil, "true,2,3,a,15"),
		asks("ARRAY_AGG with ORDER BY, COUNTIF, STRING_AGG", "SELECT ARRAY_AGG(K ORDER BY K DESC), COUNTIF(K > 1), STRING_AGG(S, '+') FROM Numbers", nil, "[3 2 1],2,a+b"),
		asks("arrays of structs", "SELECT ARRAY(SELECT AS STRUCT n.K, n.S FROM Numbers n WHERE n.K < 3)", nil, "[[1 a] [2 b]]"),
		asks("NULL first, and last when descending", "SELECT K, N FROM Numbers ORDER BY N DESC", nil, "2,20;1,10;3,NULL"),
		asks("string and regular expression functions", "SELECT SPLIT('a,b', ',')[OFFSET(1)], REGEXP_EXTRACT('x12', r'[0-9]+'), LPAD('7', 3, '0'), UPPER('é')", nil, "b,12,007,É"),
		asks("date and timestamp functions, time zones", "SELECT TIMESTAMP_TRUNC(TIMESTAMP '2026-03-01 05:06:07.5Z', DAY, 'Asia/Tokyo'), EXTRACT(HOUR FROM TIMESTAMP '2026-03-01 05:06:07Z' AT TIME ZONE 'Asia/Tokyo'), DATE_ADD(DATE '2024-01-31', INTERVAL 1 MONTH)", nil, "2026-02-28T15:00:00Z,14,2024-02-29"),
		asks("hashes", "SELECT TO_HEX(SHA256('a')), FARM_FINGERPRINT('foo')", nil, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb,6150913649986995171"),
		asks("SAFE_CAST, SAFE functions", "SELECT SAFE_CAST('x' AS INT64), SAFE.SUBSTR('abc', 2, -1), CAST(2.5 AS INT64)", nil, "NULL,NULL,3"),
		asks("GENERATE_ARRAY, UNNEST WITH OFFSET", "SELECT x, o FROM UNNEST(GENERATE_ARRAY(10, 30, 10)) x WITH OFFSET o WHERE o > 0 ORDER BY o", nil, "20,1;30,2"),
		{name: "errors of a query: unknown column, division by zero, wrong types", official: byFullSQL, ddl: []string{numbersDDL}, run: func(ctx context.Context, e *env) error {
			if err := e.addNumbers(ctx); err != nil {
				return err
			}
			for sql, code := range map[string]codes.Code{
				"SELECT Missing FROM Numbers":        codes.InvalidArgument,
				"SELECT 1 / (K - 1) FROM Numbers":    codes.OutOfRange,
				"SELECT K FROM Numbers WHERE K = 'a": codes.InvalidArgument,
				"SELECT K + S FROM Numbers":          codes.InvalidArgument,
			} {
				_, err := show(e.client.Single().Query(ctx, spanner.NewStatement(sql)))
				if err := fails(err, code); err != nil {
					return fmt.Errorf("%s: %w", sql, err)
				}
			}
			return nil
		}},
	}
}

func rat(text string) *big.Rat {
	r, _ := new(big.Rat).SetString(text)
	return r
}

func typeProbes() []probe {
	return []probe{
		holds("NUMERIC, ordered by value", documented, "NUMERIC", []any{rat("10"), rat("9.5"), rat("-3"), rat("0.000000001")}, "2;3;1;0"),
		asks("NUMERIC arithmetic is exact", "SELECT NUMERIC '0.1' + NUMERIC '0.2', CAST(99999999999999999999999999999.999999999 AS STRING) = '1e+29'", nil, "0.3,true"),
		holds("TIMESTAMP keys, ordered below the second", byFullSQL, "TIMESTAMP", []any{at("2026-01-01T00:00:00.5Z"), at("2026-01-01T00:00:00Z"), at("2026-01-01T00:00:00.05Z")}, "1;2;0"),
		holds("FLOAT64 keys with NaN, infinity and NULL", byFullSQL, "FLOAT64", []any{1.5, math.NaN(), math.Inf(-1), spanner.NullFloat64{}}, "3;1;2;0"),
		holds("BYTES keys", byFullSQL, "BYTES(MAX)", []any{[]byte{0xff}, []byte{}, []byte{0, 1}, []byte{0}}, "1;3;2;0"),
		holds("DATE keys", byFullSQL, "DATE", []any{civil.Date{Year: 2026, Month: 2, Day: 1}, civil.Date{Year: 999, Month: 12, Day: 31}}, "1;0"),
		{name: "FLOAT32", official: unsaid, ddl: []string{"CREATE TABLE F (K INT64, V FLOAT32) PRIMARY KEY (K)"}, run: func(ctx context.Context, e *env) error {
			return first(e.insert(ctx, "F", "K V", []any{1, float32(0.1)}), e.query(ctx, "SELECT V = CAST(0.1 AS FLOAT32), V * 2 > 0.2 FROM F", nil, "true,true"))
		}},
		{name: "JSON", official: documented, ddl: []string{"CREATE TABLE J (K INT64, V JSON) PRIMARY KEY (K)"}, run: func(ctx context.Context, e *env) error {
			return first(e.insert(ctx, "J", "K V", []any{1, spanner.NullJSON{Value: map[string]any{"b": []any{1, "x"}, "a": nil}, Valid: true}}),
				e.query(ctx, "SELECT JSON_VALUE(V, '$.b[1]'), TO_JSON_STRING(V), JSON_TYPE(V.b) FROM J", nil, `x,{"a":null,"b":[1,"x"]},array`))
		}},
		{name: "ARRAY columns, with NULL elements", official: byFullSQL, ddl: []string{"CREATE TABLE A (K INT64, V ARRAY<STRING(10)>) PRIMARY KEY (K)"}, run: func(ctx context.Context, e *env) error {
			return first(e.insert(ctx, "A", "K V", []any{1, []spanner.NullString{{StringVal: "x", Valid: true}, {}}}),
				e.query(ctx, "SELECT V, ARRAY_LENGTH(V) FROM A WHERE 'x' IN UNNEST(V)", nil, "[x <nil>],2"))
		}},
		{name: "lengths of values are checked", official: byFullSQL, ddl: []string{"CREATE TABLE L (K INT64, V STRING(3)) PRIMARY KEY (K)"}, run: func(ctx context.Context, e *env) error {
			return first(e.insert(ctx, "L", "K V", []any{1, "äöü"}), fails(e.insert(ctx, "L", "K V", []any{2, "abcd"}), codes.FailedPrecondition))
		}},
	}
}

func readProbes() []probe {
	pairs := func(order string) []string {
		return []string{"CREATE TABLE Pairs (A INT64, B INT64) PRIMARY KEY (A, B" + order + ")"}
	}
	ranges := func(keys spanner.KeySet, want string) func(ctx context.Context, e *env) error {
		return func(ctx context.Context, e *env) error {
			for a := range 4 {
				if err := e.insert(ctx, "Pairs", "A B", []any{a, 1}, []any{a, 2}, []any{a, 3}); err != nil {
					return err
				}
			}
			return e.read(ctx, "Pairs", keys, []string{"A", "B"}, want)
		}
	}
	index := []string{numbersDDL, "CREATE UNIQUE NULL_FILTERED INDEX NumbersByS ON Numbers(S DESC) STORING (N)"}
	return []probe{
		{name: "key ranges over several columns", official: documented, ddl: pairs(""), run: ranges(
			spanner.KeyRange{Start: spanner.Key{1, 3}, End: spanner.Key{2, 2}, Kind: spanner.ClosedOpen}, "1,3;2,1")},
		{name: "key ranges with a descending part", official: documented, ddl: pairs(" DESC"), run: ranges(
			spanner.KeyRange{Start: spanner.Key{1, 3}, End: spanner.Key{1, 2}, Kind: spanner.ClosedClosed}, "1,3;1,2")},
		{name: "key ranges by a prefix", official: documented, ddl: pairs(""), run: ranges(
			spanner.KeySets(spanner.Key{2}.AsPrefix(), spanner.Key{3, 3}), "2,1;2,2;2,3;3,3")},
		{name: "reads by an index that is descending, null-filtered and storing", official: documented, ddl: index, run: func(ctx context.Context, e *env) error {
			if err := e.addNumbers(ctx); err != nil {
				return err
			}
			return same(e.client.Single().ReadUsingIndex(ctx, "Numbers", "NumbersByS", spanner.AllKeys(), []string{"S", "N", "K"}), "b,20,2;a,10,1")
		}},
		{name: "unique indexes are upheld", official: documented, ddl: index, run: func(ctx context.Context, e *env) error {
			return first(e.addNumbers(ctx), fails(e.insert(ctx, "Numbers", "K S", []any{4, "a"}), codes.AlreadyExists),
				e.query(ctx, "SELECT COUNT(*) FROM Numbers", nil, "3"))
		}},
		{name: "partitioned reads and queries", official: documented, ddl: []string{numbersDDL}, run: partitions},
	}
}

func partitions(ctx context.Context, e *env) error {
	if err := e.addNumbers(ctx); err != nil {
		return err
	}
	txn, err := e.client.BatchReadOnlyTransaction(ctx, spanner.StrongRead())
	if err != nil {
		return err
	}
	defer txn.Close()
	reads, err := txn.PartitionRead(ctx, "Numbers", spanner.AllKeys(), []string{"K"}, spanner.PartitionOptions{})
	if err != nil {
		return err
	}
	queries, err := txn.PartitionQuery(ctx, spanner.NewStatement("SELECT K FROM Numbers"), spanner.PartitionOptions{})
	if err != nil {
		return err
	}
	rows := 0
	for _, p := range append(reads, queries...) {
		if err := txn.Execute(ctx, p).Do(func(*spanner.Row) error { rows++; return nil }); err != nil {
			return err
		}
	}
	if rows != 6 {
		return wrongly("%d rows in place of 6", rows)
	}
	return nil
}
