package query

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// golden holds statements and the rows expected; columns end with |, rows with ;.
var golden = []struct {
	sql    string
	params map[string]any
	want   string
}{
	{"SELECT 1", nil, "1"},
	{"SELECT 1, 'a', TRUE, NULL, 1.5, b'a'", nil, "1|a|true|NULL|1.5|YQ=="},
	{"SELECT Id, Name FROM Users ORDER BY Id", nil, "1|ann;2|bob;3|cat;4|NULL"},
	{"SELECT Name FROM Users WHERE Id = @id", map[string]any{"id": 2}, "bob"},
	{"SELECT u.Name FROM Users AS u WHERE u.Id IN (3, 1, NULL) ORDER BY 1 DESC", nil, "cat;ann"},
	{"SELECT Id FROM Users WHERE Id IN UNNEST(@ids) ORDER BY Id", map[string]any{"ids": []any{4, 2, 2, 9}}, "2;4"},
	{"SELECT Id FROM Users WHERE Id NOT IN (1, NULL)", nil, ""},
	{"SELECT Id FROM Users WHERE Name = 'ann'", nil, "1"},
	{"SELECT Id FROM Users WHERE Name LIKE 'a%'", nil, "1"},
	{"SELECT Id FROM Users WHERE Name LIKE '%a%' ORDER BY Id", nil, "1;3"},
	{"SELECT Id FROM Users WHERE Name NOT LIKE '%a%'", nil, "2"},
	{"SELECT Id FROM Users WHERE STARTS_WITH(Name, @p)", map[string]any{"p": "bo"}, "2"},
	{"SELECT Id FROM Users WHERE Name IS NULL", nil, "4"},
	{"SELECT Id FROM Users WHERE Name IS NOT NULL ORDER BY Name DESC", nil, "3;2;1"},
	{"SELECT Id FROM Users WHERE Age > 25 ORDER BY Id", nil, "1;3"},
	{"SELECT Id FROM Users WHERE Age BETWEEN 20 AND 29", nil, "2"},
	{"SELECT Id FROM Users WHERE Age < 30", nil, "2"},
	{"SELECT Id FROM Users WHERE Age >= 25 AND Age <= 30 AND Name > 'b' ORDER BY Id", nil, "2;3"},
	{"SELECT Id, Age FROM Users ORDER BY Age, Id", nil, "4|NULL;2|25;1|30;3|30"},
	{"SELECT Id, Age FROM Users ORDER BY Age DESC, Id DESC", nil, "3|30;1|30;2|25;4|NULL"},
	{"SELECT Id FROM Users WHERE Joined < '2026-01-01T00:00:00.000000001Z'", nil, "1"},
	{"SELECT Id FROM Users WHERE Joined >= @t ORDER BY Joined", map[string]any{"t": "2026-01-01T00:00:00.000000001Z"}, "2;4"},
	{"SELECT Id FROM Users WHERE Joined IS NULL", nil, "3"},
	{"SELECT Id FROM Users WHERE Active", nil, "1;4"},
	{"SELECT Id FROM Users WHERE Active IS NOT TRUE ORDER BY Id", nil, "2;3"},
	{"SELECT Id FROM Users WHERE NOT Active", nil, "2"},
	{"SELECT Id FROM Users WHERE Active IS FALSE", nil, "2"},
	{"SELECT Id FROM Users WHERE (Active IS NULL) OR Id = 1 ORDER BY Id", nil, "1;3"},
	{"SELECT OrderId FROM Orders WHERE UserId = 1", nil, "2;1"},
	{"SELECT OrderId FROM Orders WHERE UserId = 1 AND OrderId < 2", nil, "1"},
	{"SELECT OrderId FROM Orders WHERE UserId = 1 AND OrderId > 1", nil, "2"},
	{"SELECT OrderId FROM Orders WHERE UserId = 1 AND OrderId >= 1 AND OrderId <= 2 ORDER BY OrderId", nil, "1;2"},
	{"SELECT V FROM Pages WHERE A = 'p' AND (B > 1 OR (B = 1 AND C > 1)) ORDER BY A, B, C LIMIT 2", nil, "p12;p20"},
	{"SELECT V FROM Pages WHERE A = @a AND (B > @b OR (B = @b AND C > @c)) ORDER BY B, C LIMIT @n", map[string]any{"a": "q", "b": 0, "c": 1, "n": 3}, "q02;q10;q11"},
	{"SELECT V FROM Pages WHERE A > 'p' OR (A = 'p' AND B > 1) OR (A = 'p' AND B = 1 AND C > 1) ORDER BY A, B, C LIMIT 4", nil, "p12;p20;p21;p22"},
	{"SELECT V FROM Pages WHERE A = 'p' AND (@c IS NULL OR B > @c) ORDER BY B, C LIMIT 1", map[string]any{"c": nil}, "p00"},
	{"SELECT V FROM Pages WHERE A = 'p' AND (@c IS NULL OR B > @c) ORDER BY B, C LIMIT 1", map[string]any{"c": 1}, "p20"},
	{"SELECT V FROM Pages WHERE A = 'p' AND B IN (2, 0) AND C >= 2 ORDER BY B", nil, "p02;p22"},
	{"SELECT V FROM Pages WHERE A = 'p' ORDER BY B DESC, C DESC LIMIT 2 OFFSET 1", nil, "p21;p20"},
	{"SELECT V FROM Pages WHERE A = 'p' AND B = 1 ORDER BY C DESC LIMIT 1", nil, "p12"},
	{"SELECT V FROM Pages WHERE (A = 'p' OR A = 'q') AND B = 0 AND C = 0 ORDER BY V", nil, "p00;q00"},
	// joins
	{"SELECT u.Name, o.OrderId FROM Users u JOIN Orders o ON o.UserId = u.Id ORDER BY 1, 2", nil, "ann|1;ann|2;bob|1"},
	{"SELECT u.Name, o.OrderId FROM Users u LEFT JOIN Orders o ON o.UserId = u.Id AND o.Amount > 6 ORDER BY u.Id, 2", nil, "ann|1;ann|2;bob|NULL;cat|NULL;NULL|NULL"},
	{"SELECT u.Id FROM Users u LEFT JOIN Orders o ON o.UserId = u.Id WHERE o.OrderId IS NULL ORDER BY 1", nil, "3;4"},
	{"SELECT u.Id, o.OrderId FROM Orders o RIGHT JOIN Users u ON o.UserId = u.Id ORDER BY 1, 2", nil, "1|1;1|2;2|1;3|NULL;4|NULL"},
	{"SELECT a.Id, b.Id FROM Users a FULL JOIN (SELECT 2 AS Id UNION ALL SELECT 9) b USING (Id) ORDER BY a.Id, b.Id", nil, "NULL|9;1|NULL;2|2;3|NULL;4|NULL"},
	{"SELECT Id FROM Users a FULL JOIN (SELECT 2 AS Id UNION ALL SELECT 9) b USING (Id) ORDER BY Id", nil, "1;2;3;4;9"},
	{"SELECT a.Id, b.Id FROM Users a, Users b WHERE a.Age = b.Age AND a.Id < b.Id", nil, "1|3"},
	{"SELECT COUNT(*) FROM Users CROSS JOIN Orders", nil, "12"},
	{"SELECT * FROM (SELECT Id AS UserId, Name FROM Users) JOIN Orders USING (UserId) WHERE OrderId = 2", nil, "1|ann|2|20.5|b|NULL"},
	{"SELECT a.Name, b.Name FROM Users a JOIN Users b ON a.Score + 1 = b.Score", nil, "ann|bob"},
	{"SELECT a.Id FROM Users a LEFT JOIN Users b ON a.Id = b.Id AND FALSE WHERE b.Id IS NULL ORDER BY 1", nil, "1;2;3;4"},
	// subqueries
	{"SELECT Name FROM Users WHERE Id IN (SELECT UserId FROM Orders WHERE Amount > 6)", nil, "ann"},
	{"SELECT Id FROM Users WHERE Name NOT IN (SELECT Note FROM Orders)", nil, ""},
	{"SELECT Id FROM Users u WHERE EXISTS (SELECT 1 FROM Orders o WHERE o.UserId = u.Id AND o.Amount < 6)", nil, "2"},
	{"SELECT Id, (SELECT COUNT(*) FROM Orders o WHERE o.UserId = u.Id) AS n FROM Users u ORDER BY n DESC, Id", nil, "1|2;2|1;3|0;4|0"},
	{"SELECT ARRAY(SELECT o.OrderId FROM Orders o WHERE o.UserId = u.Id ORDER BY o.OrderId) FROM Users u WHERE Id < 4 ORDER BY Id", nil, "[1, 2];[1];[]"},
	{"WITH t AS (SELECT Id AS x FROM Users), s AS (SELECT x + 1 AS y FROM t) SELECT y FROM s WHERE y > 3 ORDER BY y", nil, "4;5"},
	{"WITH t AS (SELECT 1 AS x) SELECT a.x, b.x FROM t a, t b", nil, "1|1"},
	{"SELECT x FROM (SELECT Id x FROM Users ORDER BY Id DESC LIMIT 2) ORDER BY x", nil, "3;4"},
	{"SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 1", nil, "1;2;1"},
	{"SELECT 1 AS a UNION DISTINCT SELECT 2 UNION DISTINCT SELECT 1 ORDER BY a DESC", nil, "2;1"},
	{"SELECT 1 UNION ALL SELECT 2.5", nil, "1;2.5"},
	{"SELECT 1 UNION ALL SELECT NULL", nil, "1;NULL"},
	{"(SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3) EXCEPT DISTINCT SELECT 2", nil, "1;3"},
	{"SELECT x FROM UNNEST([1,2,3]) x INTERSECT DISTINCT SELECT y FROM UNNEST([3,1,4]) y", nil, "1;3"},
	// groups
	{"SELECT Age, COUNT(*) c FROM Users GROUP BY Age ORDER BY Age", nil, "NULL|1;25|1;30|2"},
	{"SELECT Age + 1, COUNT(Name) FROM Users GROUP BY Age + 1 HAVING COUNT(*) > 1", nil, "31|2"},
	{"SELECT COUNT(*), COUNT(Score), SUM(Score), AVG(Age), MIN(Name), MAX(Joined) FROM Users", nil, "4|3|8.5|28.333333333333332|ann|2026-02-01T00:00:00Z"},
	{"SELECT COUNT(*), SUM(Age), MAX(Age) FROM Users WHERE Id > 100", nil, "0|NULL|NULL"},
	{"SELECT COUNT(DISTINCT Age), COUNTIF(Active), LOGICAL_AND(Active), LOGICAL_OR(Active) FROM Users", nil, "2|2|false|true"},
	{"SELECT ARRAY_AGG(Id ORDER BY Id DESC), STRING_AGG(Name, '-' ORDER BY Name) FROM Users", nil, "[4, 3, 2, 1]|ann-bob-cat"},
	{"SELECT ARRAY_AGG(Name IGNORE NULLS ORDER BY Name LIMIT 2) FROM Users", nil, "[ann, bob]"},
	{"SELECT SUM(Amount) FROM Orders", nil, "35.5"},
	{"SELECT UserId, SUM(Amount) s FROM Orders GROUP BY 1 ORDER BY s DESC", nil, "1|30.5;2|5"},
	{"SELECT u.Name n, COUNT(o.OrderId) FROM Users u LEFT JOIN Orders o ON o.UserId = u.Id GROUP BY n ORDER BY n", nil, "NULL|0;ann|2;bob|1;cat|0"},
	{"SELECT u.Id, (SELECT MAX(OrderId) FROM Orders o WHERE o.UserId = u.Id) FROM Users u GROUP BY u.Id ORDER BY 1 LIMIT 2", nil, "1|2;2|1"},
	{"SELECT DISTINCT Age FROM Users ORDER BY Age DESC", nil, "30;25;NULL"},
	{"SELECT ANY_VALUE(Name HAVING MAX Id) FROM Users WHERE Id < 4", nil, "cat"},
	// arrays
	{"SELECT x, o FROM UNNEST(CAST(@a AS ARRAY<STRING>)) AS x WITH OFFSET o ORDER BY o DESC", map[string]any{"a": []any{7, 8}}, "8|1;7|0"},
	{"SELECT Id, t FROM Users u, UNNEST(u.Tags) t ORDER BY Id, t", nil, "1|x;1|y;4|z"},
	{"SELECT Id, t FROM Users u, u.Tags t ORDER BY Id, t", nil, "1|x;1|y;4|z"},
	{"SELECT Id, t FROM Users u LEFT JOIN UNNEST(u.Tags) t ORDER BY Id, t", nil, "1|x;1|y;2|NULL;3|NULL;4|z"},
	{"SELECT Tags[OFFSET(0)], Tags[SAFE_OFFSET(5)], Tags[ORDINAL(2)] FROM Users WHERE Id = 1", nil, "x|NULL|y"},
	{"SELECT s.a, b FROM UNNEST([STRUCT(1 AS a, 'x' AS b), (2, 'y')]) s", nil, "1|x;2|y"},
	{"SELECT Id FROM Users WHERE 'x' IN UNNEST(Tags)", nil, "1"},
	{"SELECT ARRAY_LENGTH(Tags) FROM Users ORDER BY Id", nil, "2;0;NULL;1"},
	{"SELECT (SELECT AS STRUCT 1 AS a, 'b' AS b).b", nil, "b"},
	{"SELECT [1, 2] || [3], ARRAY_TO_STRING(['a', NULL, 'b'], ',')", nil, "[1, 2, 3]|a,b"},
	{"SELECT V FROM Pages WHERE (A, B) IN (('p', 1), ('q', 2)) AND C = 0 ORDER BY V", nil, "p10;q20"},
	// expressions
	{"SELECT CASE WHEN NULL THEN 1 WHEN TRUE THEN 2 END, CASE 3 WHEN 3 THEN 'x' ELSE 'y' END, IF(FALSE, 1, 2)", nil, "2|x|2"},
	{"SELECT COALESCE(NULL, 2), IFNULL(NULL, 'a'), NULLIF(1, 1), NULLIF(1, 2)", nil, "2|a|NULL|1"},
	{"SELECT NULL AND FALSE, NULL AND TRUE, NULL OR TRUE, NULL OR FALSE, NOT CAST(NULL AS BOOL)", nil, "false|NULL|true|NULL|NULL"},
	{"SELECT 7 / 2, DIV(7, 2), MOD(-7, 2), -7 + 2 * 3, 1 << 3, 5 & 6, 5 | 6, 5 ^ 6, ~0", nil, "3.5|3|-1|-1|8|4|7|3|-1"},
	{"SELECT NUMERIC '1.1' + 1, NUMERIC '10' / 3, CAST(2.5 AS INT64), CAST(-2.5 AS INT64), CAST('0x1F' AS INT64)", nil, "2.1|3.333333333|3|-3|31"},
	{"SELECT SAFE_CAST('x' AS INT64), CAST(TRUE AS STRING), CAST('2026-01-02' AS DATE), CAST(12 AS STRING), SAFE_CAST('t' AS BOOL)", nil, "NULL|true|2026-01-02|12|NULL"},
	{"SELECT LOWER('ÄB'), UPPER('ß'), LENGTH('日本'), BYTE_LENGTH('日本'), SUBSTR('hello', 2, 3), SUBSTR('hello', -3), STRPOS('日本', '本')", nil, "äb|ß|2|6|ell|llo|2"},
	{"SELECT TRIM('  a '), LTRIM('xxa', 'x'), REPLACE('aXbX', 'X', '-'), CONCAT('a', 'b', 'c'), 'a' || 'b', REVERSE('abc'), LPAD('7', 3, '0')", nil, "a|a|a-b-|abc|ab|cba|007"},
	{"SELECT REGEXP_CONTAINS('abc', 'b.'), REGEXP_EXTRACT('a12', r'(\\d+)'), REGEXP_REPLACE('a1b2', r'\\d', '#'), SPLIT('a,b')", nil, "true|12|a#b#|[a, b]"},
	{"SELECT TO_HEX(SHA256('a')), FARM_FINGERPRINT('foo'), GREATEST(1, 3, 2), LEAST('b', 'a'), ABS(-5), SIGN(-2.5)", nil, "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb|6150913649986995171|3|a|5|-1"},
	{"SELECT CURRENT_TIMESTAMP(), TIMESTAMP_ADD('2026-01-31T00:00:00Z', INTERVAL 1 DAY), TIMESTAMP_DIFF('2026-01-02T00:00:00Z', '2026-01-01T00:00:01Z', HOUR)", nil, "2026-03-04T05:06:07.890123456Z|2026-02-01T00:00:00Z|23"},
	{"SELECT TIMESTAMP_TRUNC(CURRENT_TIMESTAMP(), HOUR, 'UTC'), TIMESTAMP_TRUNC(CURRENT_TIMESTAMP(), MONTH, 'UTC'), EXTRACT(YEAR FROM CURRENT_TIMESTAMP() AT TIME ZONE 'Asia/Tokyo')", nil, "2026-03-04T05:00:00Z|2026-03-01T00:00:00Z|2026"},
	{"SELECT DATE_ADD(DATE '2026-01-31', INTERVAL 1 MONTH), DATE_DIFF('2026-03-01', '2026-02-01', DAY), DATE_TRUNC(DATE '2026-03-04', WEEK), EXTRACT(ISOWEEK FROM DATE '2026-01-01'), DATE(2024, 2, 29)", nil, "2026-02-28|28|2026-03-01|1|2024-02-29"},
	{"SELECT FORMAT_TIMESTAMP('%Y-%m-%d %H:%M:%S', CURRENT_TIMESTAMP(), 'UTC'), UNIX_SECONDS('1970-01-01T00:01:00Z'), TIMESTAMP_MILLIS(1500)", nil, "2026-03-04 05:06:07|60|1970-01-01T00:00:01.5Z"},
	{"SELECT JSON_VALUE(J, '$.a.b[1]'), JSON_QUERY(J, '$.a'), JSON_VALUE(J, '$.n'), J.a.b[0] FROM Floats WHERE K = 1", nil, `two|{"b":[1,"two"]}|NULL|1`},
	// floats, bytes, dates in indexes
	{"SELECT K FROM Floats WHERE F < 1 ORDER BY K", nil, "2;3"},
	{"SELECT K FROM Floats WHERE F > -2 ORDER BY F", nil, "2;3;5"},
	{"SELECT K FROM Floats WHERE F = CAST('nan' AS FLOAT64)", nil, ""},
	{"SELECT K FROM Floats WHERE F != 0 ORDER BY K", nil, "1;2;5"},
	{"SELECT K FROM Floats WHERE F = -0.0", nil, "3"},
	{"SELECT K FROM Floats@{FORCE_INDEX=FloatsByF} ORDER BY F", nil, "4;1;2;3;5"},
	{"SELECT K FROM Floats WHERE STARTS_WITH(B, b'\\xff') ORDER BY B", nil, "2;1"},
	{"SELECT K FROM Floats WHERE B >= b'a' AND B < b'\\xff'", nil, "5"},
	{"SELECT K FROM Floats WHERE D > '2025-01-01' ORDER BY D", nil, "1;5"},
	{"SELECT MIN(F), MAX(F) FROM Floats WHERE K > 1", nil, "-1.5|inf"},
	{"SELECT @p", map[string]any{"p": 5}, "5"},
	{"SELECT Id FROM Users WHERE Score > @p AND Name = @n", map[string]any{"p": 1.0, "n": "ann"}, "1"},
	{"SELECT * EXCEPT (Tags, Joined, Score) FROM Users WHERE Id = 1", nil, "1|ann|30|true"},
	{"SELECT u.* EXCEPT (Tags) REPLACE (Id * 10 AS Id) FROM Users u WHERE u.Id = 2", nil, "20|bob|25|2.5|2026-01-01T00:00:00.000000001Z|false"},
	{"SELECT Id FROM Users LIMIT 0", nil, ""},
	{"SELECT Name AS n FROM Users WHERE Id < 3 ORDER BY n DESC", nil, "bob;ann"},
	{"SELECT Id AS Name FROM Users ORDER BY Name DESC LIMIT 1", nil, "4"},
}

func TestGolden(t *testing.T) {
	d := filled(t)
	for _, c := range golden {
		out, err := d.run(c.sql, c.params, Options{})
		if assert.NoError(t, err, c.sql) {
			assert.Equal(t, c.want, out.text(), c.sql)
		}
	}
}
