package query

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestGoldenMore holds what is easily got wrong: names, scopes and NULLs.
func TestGoldenMore(t *testing.T) {
	d := filled(t)
	for _, c := range []struct {
		sql    string
		params map[string]any
		want   string
	}{
		// one parameter in two places keeps its value and type
		{"SELECT Id FROM Users WHERE Id > @n ORDER BY Id LIMIT @n", map[string]any{"n": 2}, "3;4"},
		{"SELECT Id FROM Users WHERE Id > @N AND @n = 1 ORDER BY Id LIMIT 1", map[string]any{"n": 1}, "2"},
		{"SELECT Id FROM Users WHERE @flag AND Id = 1", map[string]any{"flag": true}, "1"},
		{"SELECT Id FROM Users WHERE Name = COALESCE(@a, 'bob')", map[string]any{"a": nil}, "2"},
		// USING chains
		{"SELECT UserId, a.x, b.y FROM (SELECT 1 UserId, 'a' x) a JOIN (SELECT 1 UserId, 'b' y) b USING (UserId) JOIN Orders o USING (UserId) WHERE o.OrderId = 1", nil, "1|a|b"},
		{"SELECT * FROM (SELECT 1 k, 'a' x) JOIN (SELECT 1 k, 'b' y) USING (k) LEFT JOIN (SELECT 2 k, 'c' z) USING (k)", nil, "1|a|b|NULL"},
		{"SELECT k FROM (SELECT 1 k) a RIGHT JOIN (SELECT 2 k) b USING (k)", nil, "2"},
		// the condition of an outer join is not a filter
		{"SELECT u.Id, o.OrderId FROM Users u LEFT JOIN Orders o ON o.UserId = u.Id AND u.Age = 25 ORDER BY 1, 2", nil, "1|NULL;2|1;3|NULL;4|NULL"},
		{"SELECT u.Id, x.c FROM Users u LEFT JOIN (SELECT UserId, 'k' AS c FROM Orders) x ON x.UserId = u.Id + 1 ORDER BY 1, 2", nil, "1|k;2|NULL;3|NULL;4|NULL"},
		{"SELECT u.Id, o.OrderId, p.V FROM Users u LEFT JOIN Orders o ON o.UserId = u.Id LEFT JOIN Pages p ON p.A = 'p' AND p.B = o.OrderId AND p.C = 0 WHERE u.Id < 4 ORDER BY 1, 2", nil, "1|1|p10;1|2|p20;2|1|p10;3|NULL|NULL"},
		{"SELECT u.Id, n FROM Users u LEFT JOIN (SELECT UserId, COUNT(*) n FROM Orders GROUP BY UserId) c ON c.UserId = u.Id ORDER BY 1", nil, "1|2;2|1;3|NULL;4|NULL"},
		{"SELECT a.Id, b.Id, c.Id FROM Users a JOIN Users b ON b.Id = a.Id + 1 JOIN Users c ON c.Id = b.Id + 1 ORDER BY 1", nil, "1|2|3;2|3|4"},
		{"SELECT COUNT(*) FROM (Users a JOIN Orders o ON a.Id = o.UserId) LEFT JOIN Pages p ON p.B = o.OrderId AND p.A = 'q'", nil, "9"},
		// scopes
		{"SELECT (SELECT (SELECT u.Name) FROM Orders o WHERE o.UserId = u.Id AND o.OrderId = 1) FROM Users u WHERE u.Id < 4 ORDER BY u.Id", nil, "ann;bob;NULL"},
		{"SELECT Id FROM Users WHERE Id = (SELECT MAX(Id) FROM Users WHERE Age IS NOT NULL)", nil, "3"},
		{"SELECT Id FROM Users u WHERE Id = (SELECT MAX(Id) FROM Users v WHERE v.Age = u.Age)", nil, "2;3"},
		{"SELECT Id AS x, -Id AS y FROM Users WHERE Id < 3 ORDER BY y", nil, "2|-2;1|-1"},
		{"SELECT Age AS a, COUNT(*) AS n FROM Users GROUP BY a HAVING n > 1", nil, "30|2"},
		{"SELECT UPPER(Name) AS Name FROM Users GROUP BY Name ORDER BY Name", nil, "NULL;ANN;BOB;CAT"},
		{"SELECT LENGTH(Name) AS l, COUNT(*) FROM Users WHERE Name IS NOT NULL GROUP BY LENGTH(Name)", nil, "3|3"},
		{"SELECT COUNT(*) FROM Users HAVING COUNT(*) > 10", nil, ""},
		{"SELECT Age FROM Users GROUP BY Age ORDER BY COUNT(*) DESC, Age DESC", nil, "30;25;NULL"},
		{"WITH a AS (SELECT 1 x), b AS (WITH a AS (SELECT 2 x) SELECT x FROM a) SELECT a.x, b.x FROM a, b", nil, "1|2"},
		{"WITH Users AS (SELECT 7 AS Id) SELECT Id FROM Users", nil, "7"},
		{"SELECT ARRAY(SELECT AS STRUCT Id, Name FROM Users WHERE Id < 3 ORDER BY Id)[OFFSET(1)].Name", nil, "bob"},
		{"SELECT SUM(x) FROM (SELECT Id x FROM Users UNION ALL SELECT OrderId FROM Orders)", nil, "14"},
		// NULLs and three values
		{"SELECT 1 IN (2, NULL), 1 IN (1, NULL), 1 NOT IN (2, NULL), NULL IN (1)", nil, "NULL|true|NULL|NULL"},
		{"SELECT NULL IN UNNEST(ARRAY<INT64>[]), 1 IN UNNEST(CAST(NULL AS ARRAY<INT64>)), NULL IN (SELECT 1 FROM Users WHERE FALSE)", nil, "false|false|false"},
		{"SELECT CAST(NULL AS INT64) = CAST(NULL AS INT64), NULL IS NULL, (CAST(NULL AS INT64) = 1) IS NULL, TRUE IS NOT FALSE, CAST(NULL AS BOOL) IS TRUE", nil, "NULL|true|true|true|false"},
		{"SELECT NULL BETWEEN 1 AND 2, 3 BETWEEN NULL AND 2, 1 NOT BETWEEN 2 AND NULL", nil, "NULL|false|true"},
		{"SELECT EXISTS(SELECT 1 FROM Users WHERE Id = 99), NOT EXISTS(SELECT NULL)", nil, "false|false"},
		{"SELECT MIN(x), MAX(x), COUNT(x), SUM(x), STRING_AGG(CAST(x AS STRING)), ARRAY_AGG(x) FROM UNNEST(ARRAY<INT64>[NULL]) x", nil, "NULL|NULL|0|NULL|NULL|[NULL]"},
		{"SELECT CASE WHEN Id = 1 THEN 1 / 1 ELSE 1 / (Id - 1) END FROM Users WHERE Id < 3 ORDER BY Id", nil, "1;1"},
		{"SELECT IF(TRUE, 1, 1 / 0), COALESCE(1, 1 / 0), SAFE.SUBSTR('a', 1, -1)", nil, "1|1|NULL"},
		{"SELECT CAST('nan' AS FLOAT64) = CAST('nan' AS FLOAT64), CAST('nan' AS FLOAT64) > 1, GREATEST(1.5, CAST('nan' AS FLOAT64))", nil, "false|false|nan"},
		{"SELECT DISTINCT F FROM UNNEST([CAST('nan' AS FLOAT64), CAST('nan' AS FLOAT64), 0.0, -0.0]) F", nil, "nan;0"},
		{"SELECT 0.1 + 0.2, 1e20, CAST(1 AS FLOAT64), CAST(1.5 AS STRING), CAST(0.1 AS NUMERIC)", nil, "0.30000000000000004|1e+20|1|1.5|0.1"},
		{"SELECT '\\u65e5' LIKE '_', 'a%b' LIKE 'a\\\\%b', 'axb' LIKE 'a\\\\%b', '' LIKE '%', 'abc' LIKE '%b%'", nil, "true|true|false|true|true"},
		{"SELECT TIMESTAMP '2026-01-01 00:00:00+09:00', DATE '2026-1-2', TIMESTAMP '2026-07-01', CAST(TIMESTAMP '2026-01-01T00:00:00.5Z' AS STRING)", nil, "2025-12-31T15:00:00Z|2026-01-02|2026-07-01T07:00:00Z|2025-12-31 16:00:00.500-08"},
		{"SELECT TIMESTAMP_SUB('2026-01-01T00:00:00Z', INTERVAL @n NANOSECOND), TIMESTAMP_DIFF('1969-12-31T23:59:59.5Z', '1970-01-01T00:00:00Z', SECOND)", map[string]any{"n": 1}, "2025-12-31T23:59:59.999999999Z|0"},
	} {
		out, err := d.run(c.sql, c.params, Options{})
		if assert.NoError(t, err, c.sql) {
			assert.Equal(t, c.want, out.text(), c.sql)
		}
	}
}
