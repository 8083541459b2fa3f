package query

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestDML(t *testing.T) {
	d := filled(t)
	steps := []struct {
		sql    string
		params map[string]any
		count  int64
		rows   string // of THEN RETURN
		check  string
		want   string
	}{
		{"INSERT INTO Defaults (K) VALUES (1), (2)", nil, 2, "", "SELECT K, D, G FROM Defaults ORDER BY K", "1|none|2;2|none|4"},
		{"INSERT Defaults (K, D) VALUES (@k, DEFAULT)", map[string]any{"k": 3}, 1, "", "SELECT D FROM Defaults WHERE K = 3", "none"},
		{"INSERT INTO Defaults (K, D) VALUES (4, @d) THEN RETURN K, D AS x, G", map[string]any{"d": "v"}, 1, "4|v|8", "SELECT COUNT(*) FROM Defaults", "4"},
		{"INSERT OR UPDATE INTO Defaults (K, D) VALUES (4, 'w'), (5, NULL)", nil, 2, "", "SELECT D FROM Defaults WHERE K > 3 ORDER BY K", "w;NULL"},
		{"INSERT OR IGNORE INTO Defaults (K, D) VALUES (5, 'no'), (6, 'yes')", nil, 1, "", "SELECT D FROM Defaults WHERE K >= 5 ORDER BY K", "NULL;yes"},
		{"INSERT INTO Defaults (K, D) SELECT K + 10, CONCAT(D, '!') FROM Defaults WHERE D IS NOT NULL", nil, 5, "", "SELECT D FROM Defaults WHERE K > 10 ORDER BY K", "none!;none!;none!;w!;yes!"},
		{"UPDATE Defaults SET D = 'u' WHERE K = 1", nil, 1, "", "SELECT D, G FROM Defaults WHERE K = 1", "u|2"},
		{"UPDATE Defaults x SET x.D = CONCAT(x.D, '2') WHERE x.K < 3 THEN RETURN x.K, D", nil, 2, "1|u2;2|none2", "SELECT 1", "1"},
		{"UPDATE Defaults SET D = DEFAULT WHERE K = 1", nil, 1, "", "SELECT D FROM Defaults WHERE K = 1", "none"},
		{"UPDATE Defaults SET D = NULL WHERE TRUE", nil, 11, "", "SELECT COUNT(D) FROM Defaults", "0"},
		{"UPDATE Users SET Score = 3 WHERE Id = 3", nil, 1, "", "SELECT Score FROM Users@{FORCE_INDEX=UsersByAge} WHERE Age = 30 ORDER BY Name", "1.5;3"},
		{"UPDATE Users SET Age = Age + 1 WHERE Age >= 25", nil, 3, "", "SELECT Id, Age FROM Users ORDER BY Id", "1|31;2|26;3|31;4|NULL"},
		{"UPDATE Users SET Name = (SELECT STRING_AGG(Note ORDER BY Note) FROM Orders o WHERE o.UserId = Id) WHERE Id = 1", nil, 1, "", "SELECT Id FROM Users WHERE Name = 'a,b'", "1"},
		{"DELETE FROM Defaults WHERE K = 99", nil, 0, "", "SELECT 1", "1"},
		{"DELETE FROM Defaults WHERE K > 10 THEN RETURN K", nil, 5, "11;12;13;14;16", "SELECT COUNT(*) FROM Defaults", "6"},
		{"DELETE Defaults WHERE TRUE", nil, 6, "", "SELECT COUNT(*) FROM Defaults", "0"},
		{"INSERT INTO Orders (UserId, OrderId, Amount, Made) VALUES (9, 1, @a, PENDING_COMMIT_TIMESTAMP())", map[string]any{"a": "12.345"}, 1, "", "SELECT Amount, Made IS NOT NULL FROM Orders WHERE UserId = 9", "12.345|true"},
		{"INSERT OR UPDATE INTO Orders (UserId, OrderId) VALUES (9, 1), (9, 2) THEN RETURN WITH ACTION OrderId", nil, 2, "1|UPDATE;2|INSERT", "SELECT 1", "1"},
	}
	for _, s := range steps {
		out := d.must(s.sql, s.params)
		assert.Equal(t, s.count, out.count, s.sql)
		assert.Equal(t, s.rows, out.text(), s.sql)
		assert.Equal(t, s.want, d.must(s.check, nil).text(), "%s after %s", s.check, s.sql)
	}
}

func TestErrors(t *testing.T) {
	d := filled(t)
	for _, c := range []struct {
		sql     string
		code    codes.Code
		message string
	}{
		{"SELECT foo FROM Users", codes.InvalidArgument, "Unrecognized name: foo [at 1:8]"},
		{"SELECT Id FROM Nope", codes.InvalidArgument, "Table not found: Nope [at 1:16]"},
		{"SELECT\n  u.nope FROM Users u", codes.InvalidArgument, "Name nope not found inside u [at 2:5]"},
		{"SELECT NOPE(1)", codes.InvalidArgument, "Function not found: NOPE [at 1:8]"},
		{"SELECT Id FROM Users WHERE", codes.InvalidArgument, "Syntax error"},
		{"SELECT Id FROM Users a, Users b", codes.InvalidArgument, "Column name Id is ambiguous [at 1:8]"},
		{"SELECT 1 FROM Users, Users", codes.InvalidArgument, "Duplicate table alias Users"},
		{"SELECT Id FROM Users WHERE Name = 1", codes.InvalidArgument, "No matching signature for operator = for argument types: STRING, INT64"},
		{"SELECT Id FROM Users WHERE Id", codes.InvalidArgument, "WHERE clause should be type BOOL"},
		{"SELECT Id + Name FROM Users", codes.InvalidArgument, "No matching signature for operator +"},
		{"SELECT Name, COUNT(*) FROM Users", codes.InvalidArgument, "column Name which is neither grouped nor aggregated [at 1:8]"},
		{"SELECT Id FROM Users WHERE COUNT(*) > 1", codes.InvalidArgument, "Aggregate function COUNT_STAR not allowed in WHERE clause"},
		{"SELECT Id FROM Users HAVING Id > 1", codes.InvalidArgument, "HAVING"},
		{"SELECT Id FROM Users ORDER BY 2", codes.InvalidArgument, "exceeds SELECT list size"},
		{"SELECT Id FROM Users ORDER BY Tags", codes.InvalidArgument, "ORDER BY does not support"},
		{"SELECT 9223372036854775807 + 1", codes.OutOfRange, "int64 overflow"},
		{"SELECT -9223372036854775808 - Id FROM Users", codes.OutOfRange, "int64 overflow"},
		{"SELECT 1 / 0", codes.OutOfRange, "division by zero"},
		{"SELECT CAST('x' AS INT64)", codes.OutOfRange, "Bad value"},
		{"SELECT (SELECT Id FROM Users)", codes.InvalidArgument, "more than one row"},
		{"SELECT (SELECT 1, 2)", codes.InvalidArgument, "exactly one column"},
		{"SELECT Id FROM Users LIMIT -1", codes.InvalidArgument, ""},
		{"SELECT [1][OFFSET(5)]", codes.OutOfRange, "out of bounds"},
		{"SELECT Id FROM Users WHERE Joined > 'nonsense'", codes.InvalidArgument, "Invalid timestamp: 'nonsense' [at 1:28]"},
		{"SELECT Id FROM Users@{FORCE_INDEX=Nope}", codes.InvalidArgument, "does not have a secondary index called Nope"},
		{"SELECT Id FROM Users@{FORCE_INDEX=UsersByJoined}", codes.InvalidArgument, "null-filtered"},
		{"SELECT u FROM Users u", codes.Unimplemented, "whole row"},
		{"SELECT 1 UNION ALL SELECT 1, 2", codes.InvalidArgument, "mismatched column count"},
		{"SELECT 1 UNION ALL SELECT 'a'", codes.InvalidArgument, "incompatible types"},
		{"SELECT @p + 'a'", codes.InvalidArgument, ""},
		{"INSERT INTO Users (Id, Nope) VALUES (1, 2)", codes.InvalidArgument, "Column Nope is not present in table Users [at 1:24]"},
		{"INSERT INTO Users (Id) VALUES (1, 2)", codes.InvalidArgument, "wrong column count"},
		{"INSERT INTO Users (Id) VALUES ('a')", codes.InvalidArgument, "Value has type STRING which cannot be inserted into column Id, which has type INT64"},
		{"INSERT INTO Users (Id) VALUES (1)", codes.AlreadyExists, ""},
		{"INSERT INTO Defaults (K, G) VALUES (1, 2)", codes.InvalidArgument, "generated column"},
		{"INSERT INTO Defaults (K) VALUES (-1)", codes.OutOfRange, ""},
		{"UPDATE Users SET Id = 5 WHERE Id = 1", codes.InvalidArgument, "PRIMARY KEY column Id"},
		{"UPDATE Users SET Age = 1, Age = 2 WHERE Id = 1", codes.InvalidArgument, "assigned more than once"},
		{"UPDATE Users SET Joined = PENDING_COMMIT_TIMESTAMP() WHERE Id = 1", codes.InvalidArgument, "allow_commit_timestamp"},
		{"SELECT PENDING_COMMIT_TIMESTAMP()", codes.InvalidArgument, "PENDING_COMMIT_TIMESTAMP"},
		{"SELECT 1; SELECT 2", codes.InvalidArgument, "Syntax error"},
		{"", codes.InvalidArgument, "Syntax error"},
		{"CREATE TABLE X (A INT64) PRIMARY KEY (A)", codes.InvalidArgument, "Statement"},
		{"CALL x()", codes.Unimplemented, ""},
	} {
		_, err := d.run(c.sql, map[string]any{"p": 1}, Options{})
		if assert.Error(t, err, c.sql) {
			assert.Equal(t, c.code, status.Code(err), "%s: %v", c.sql, err)
			assert.Contains(t, err.Error(), c.message, c.sql)
		}
	}
}

func TestPlansReadLittle(t *testing.T) {
	d := filled(t)
	for i := range 500 {
		d.must("INSERT INTO Users (Id, Name, Age) VALUES (@i, @n, @a)", map[string]any{"i": 1000 + i, "n": "n", "a": 100 + i})
	}
	for _, c := range []struct {
		sql     string
		params  map[string]any
		scanned int64 // at most
	}{
		{"SELECT Name FROM Users WHERE Id = @i", map[string]any{"i": 1}, 1},
		{"SELECT Name FROM Users WHERE Id IN UNNEST(@i)", map[string]any{"i": []any{1, 2, 3}}, 3},
		{"SELECT Id FROM Users WHERE Name = 'ann'", nil, 1},
		{"SELECT Id, Score FROM Users WHERE Age > 200 ORDER BY Age DESC LIMIT 5", nil, 5},
		{"SELECT Id FROM Users WHERE Age >= 598 ORDER BY Age LIMIT 5", nil, 2},
		{"SELECT Id FROM Users ORDER BY Id DESC LIMIT 3", nil, 3},
		{"SELECT Id FROM Users ORDER BY Name LIMIT 3", nil, 3},
		{"SELECT Id FROM Users WHERE Joined > '2026-01-01T00:00:00Z' ORDER BY Joined", nil, 2},
		{"SELECT u.Name, o.Amount FROM Orders o JOIN Users u ON u.Id = o.UserId WHERE o.UserId = 1", nil, 4},
		{"SELECT u.Name, o.Amount FROM Users u JOIN Orders o ON u.Id = o.UserId WHERE u.Id = 1", nil, 3},
		{"SELECT Id FROM Users u WHERE Id = 1 AND EXISTS (SELECT 1 FROM Orders o WHERE o.UserId = u.Id)", nil, 2},
		{"SELECT V FROM Pages WHERE A = 'p' AND (B > 0 OR (B = 0 AND C > 1)) ORDER BY B, C LIMIT 2", nil, 2},
		{"SELECT u.Name FROM UNNEST([1, 2]) i JOIN Users u ON u.Id = i", nil, 2},
		{"SELECT COUNT(*) FROM Orders WHERE UserId = 1", nil, 2},
		// pages behind a row among rows of one time, with and without the redundant bound
		{"SELECT V FROM Pages WHERE A = 'p' AND B >= 0 AND (B > 0 OR C > 1) ORDER BY B, C LIMIT 2", nil, 2},
		{"SELECT V FROM Pages WHERE A = 'p' AND B >= 0 AND (B > 0 OR (B = 0 AND C > 1)) ORDER BY B, C LIMIT 2", nil, 2},
		{"SELECT V FROM Pages WHERE A = 'q' AND B <= @b AND (B < @b OR C < @c) ORDER BY B DESC, C DESC LIMIT 3", map[string]any{"b": 1, "c": 1}, 3},
		{"SELECT V FROM Pages WHERE (A = 'p' OR A = 'q') AND (B = 0 OR B = 2) AND C = 1", nil, 4},
		{"SELECT V FROM Pages WHERE A = 'p' AND B > 0 AND B > 1 AND B < 9", nil, 3},
		// conditions and orders on subqueries in FROM and on CTEs
		{"SELECT Name FROM (SELECT * FROM Users) WHERE Id = 1", nil, 1},
		{"SELECT n FROM (SELECT Id AS i, UPPER(Name) AS n FROM Users) WHERE i IN (1, 2)", nil, 2},
		{"WITH u AS (SELECT Id, Name FROM Users), v AS (SELECT * FROM u) SELECT Name FROM v WHERE Id = 2", nil, 1},
		{"WITH u AS (SELECT * FROM Users) SELECT a.Name, b.Name FROM u a, u b WHERE a.Id = 1 AND b.Id = 2", nil, 2},
		{"SELECT c FROM (SELECT UserId, COUNT(*) AS c FROM Orders GROUP BY UserId) WHERE UserId = 1", nil, 2},
		{"SELECT * FROM (SELECT DISTINCT A, B FROM Pages) WHERE A = 'p' AND B = 1", nil, 3},
		{"SELECT k FROM (SELECT Id AS k FROM Users UNION ALL SELECT UserId FROM Orders) WHERE k = 1", nil, 3},
		{"SELECT x.Name FROM (SELECT u.Id, u.Name FROM Users u LEFT JOIN Orders o ON o.UserId = u.Id) x WHERE x.Id = 2", nil, 2},
		{"SELECT Id FROM (SELECT * FROM Users WHERE Age > 30) ORDER BY Age DESC LIMIT 3", nil, 3},
		// the order of each value of IN, merged
		{"SELECT V FROM Pages WHERE A IN ('p', 'q', 'r') ORDER BY B, C LIMIT 3", nil, 5},
		{"SELECT V FROM Pages WHERE A IN UNNEST(@a) ORDER BY B DESC, C DESC, A LIMIT 1", map[string]any{"a": []any{"p", "q", "p"}}, 2},
	} {
		out, err := d.run(c.sql, c.params, Options{RejectFullScans: true})
		if assert.NoError(t, err, c.sql) {
			assert.LessOrEqual(t, out.scanned, c.scanned, c.sql)
			assert.NotEmpty(t, out.rows, c.sql)
		}
	}
}

func TestFullScansAreRefused(t *testing.T) {
	d := filled(t)
	for sql, table := range map[string]string{
		"SELECT * FROM Users":                                                "Users",
		"SELECT Id FROM Users WHERE Score = 1":                               "Users",
		"SELECT * FROM (SELECT * FROM Users LIMIT 9) JOIN Pages ON Id = C":   "Pages",
		"SELECT Id FROM (SELECT Id, Score + 1 AS s FROM Users) WHERE s = 2":  "Users",
		"SELECT COUNT(*) FROM Pages":                                         "Pages",
		"SELECT Id FROM Users WHERE Score > 1 ORDER BY Id LIMIT 1":           "Users",
		"SELECT Id FROM Users ORDER BY Score LIMIT 1":                        "Users",
		"UPDATE Users SET Age = 1 WHERE TRUE":                                "Users",
		"DELETE FROM Pages WHERE B = 1":                                      "Pages",
		"SELECT 1 FROM Users u JOIN Pages p ON p.C = u.Id WHERE u.Id = 1":    "Pages",
		"SELECT Id FROM Users WHERE Id = 1 AND Age IN (SELECT B FROM Pages)": "Pages",
	} {
		_, err := d.run(sql, nil, Options{RejectFullScans: true})
		assert.Equal(t, codes.FailedPrecondition, status.Code(err), sql)
		assert.ErrorContains(t, err, "table "+table, sql)
	}
	_, err := d.run("SELECT V FROM Pages WHERE (CAST(@c AS STRING) IS NULL OR A > @c)", map[string]any{"c": nil}, Options{RejectFullScans: true})
	assert.Equal(t, codes.FailedPrecondition, status.Code(err))
	_, err = d.run("SELECT V FROM Pages WHERE (CAST(@c AS STRING) IS NULL OR A > @c) ORDER BY A LIMIT 3", map[string]any{"c": nil}, Options{RejectFullScans: true})
	assert.NoError(t, err)
}

func TestColumnsAndParameters(t *testing.T) {
	d := filled(t)
	for _, c := range []struct{ sql, columns, params string }{
		{"SELECT Id, Name AS n, Id + 1, u.Age, COUNT(*) OVERALL FROM Users u GROUP BY 1, 2, Id + 1, u.Age", "Id INT64,n STRING, INT64,Age INT64,OVERALL INT64", ""},
		{"SELECT * FROM Orders WHERE UserId = @u AND Note = @n LIMIT @l", "UserId INT64,OrderId INT64,Amount NUMERIC,Note STRING,Made TIMESTAMP", "u INT64,n STRING,l INT64"},
		{"SELECT COALESCE(@a, Name) FROM Users WHERE Joined BETWEEN @x AND @y AND Active = @b", " STRING", "x TIMESTAMP,y TIMESTAMP,b BOOL,a STRING"},
		{"SELECT 1.5 + NUMERIC '1', 1 + 1.5, [1, 2.5], [(1, 'a')]", " NUMERIC, FLOAT64, ARRAY<FLOAT64>, ARRAY<STRUCT<INT64, STRING>>", ""},
		{"INSERT INTO Users (Id, Name, Score, Tags) VALUES (@i, @n, @s, @t) THEN RETURN Id", "Id INT64", "i INT64,n STRING,s FLOAT64,t ARRAY<STRING>"},
		{"UPDATE Users SET Joined = @j WHERE Id = @i", "", "i INT64,j TIMESTAMP"},
		{"SELECT @nothing", " INT64", "nothing INT64"},
		{"SELECT IF(@c, @x, 'a') FROM Users WHERE Name IN UNNEST(@arr)", " STRING", "arr ARRAY<STRING>,c BOOL,x STRING"},
		{"SELECT Amount FROM Orders WHERE Amount > 1.5 AND Amount < @p", "Amount NUMERIC", "p NUMERIC"},
	} {
		st, err := Prepare(d.cat, c.sql, nil)
		require.NoError(t, err, c.sql)
		assert.Equal(t, c.columns, fieldsText(st.Columns()), c.sql)
		assert.Equal(t, c.params, fieldsText(st.Params()), c.sql)
	}
}

func fieldsText(list []Column) string {
	text := ""
	for i, c := range list {
		if i > 0 {
			text += ","
		}
		text += c.Name + " " + c.Type.String()
	}
	return text
}
