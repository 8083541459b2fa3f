package query

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// FuzzStatement sends hostile SQL: it is answered or refused, never a panic.
func FuzzStatement(f *testing.F) {
	d := filled(f)
	for _, c := range golden {
		f.Add(c.sql)
	}
	for _, open := range []string{"(", "[", "NOT ", "-", "~", "CASE WHEN ", "IF(", "ARRAY<", "STRUCT<", "(SELECT ", "1+", "a.", "x AND ", "SELECT * FROM (", "WITH a AS ("} {
		f.Add("SELECT " + strings.Repeat(open, 5000))
		f.Add("SELECT " + strings.Repeat(open, 100) + "1")
	}
	f.Add("SELECT 1" + strings.Repeat(" UNION ALL SELECT 1", 2000))
	f.Add("SELECT REPEAT('a', 9223372036854775807), LPAD('', 9223372036854775807, 'x')")
	f.Add("SELECT GENERATE_ARRAY(-9223372036854775808, 9223372036854775807)")
	f.Add("INSERT INTO Users (Id) VALUES (@a), (DEFAULT)")
	f.Add("UPDATE Users SET Name = @a WHERE Id IN UNNEST(@b) THEN RETURN *")
	f.Fuzz(func(t *testing.T, sql string) {
		st, err := Prepare(d.cat, sql, nil)
		if err != nil {
			require.Contains(t, []codes.Code{codes.InvalidArgument, codes.Unimplemented, codes.OutOfRange}, status.Code(err), "%s: %v", sql, err)
			return
		}
		if st.IsDML() || strings.Count(strings.ToUpper(sql), "FROM") > 6 {
			return
		}
		args := map[string]any{}
		for _, p := range st.Params() {
			args[p.Name] = nil
		}
		here := *d
		here.t = t
		_, err = here.run(sql, args, Options{})
		require.NotEqual(t, codes.Unknown, status.Code(err), "%s: %v", sql, err)
	})
}

// TestPlansAgree compares each random query with itself over a full scan with
// conditions that no index understands.
func TestPlansAgree(t *testing.T) {
	d := filled(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	for i := range 150 {
		columns, values := "Id, Name, Age", []any{100 + i}
		for _, choices := range [][]any{{nil, "ann", "b", "ba", ""}, {nil, 25, 30, 31, -1}} {
			values = append(values, choices[r.IntN(len(choices))])
		}
		d.must(fmt.Sprintf("INSERT INTO Users (%s) VALUES (@a, @b, @c)", columns), map[string]any{"a": values[0], "b": values[1], "c": values[2]})
	}
	for range 400 {
		cond := randomCondition(r, 3)
		fast := "SELECT Id, Name, Age FROM Users WHERE " + cond
		slow := "SELECT Id, Name, Age FROM Users@{FORCE_INDEX=_BASE_TABLE} WHERE CASE WHEN " + cond + " THEN TRUE ELSE FALSE END"
		want := sortedRows(d.must(slow, nil))
		require.Equal(t, want, sortedRows(d.must(fast, nil)), fast)
		for _, index := range []string{"UsersByName", "UsersByAge"} {
			forced := strings.Replace(fast, "FROM Users", "FROM Users@{FORCE_INDEX="+index+"}", 1)
			require.Equal(t, want, sortedRows(d.must(forced, nil)), forced)
		}
		order := []string{"Age", "Age DESC", "Name", "Name DESC", "Age DESC, Name", "Age, Name DESC", "Id DESC", "Age, Id", "Name, Id DESC"}[r.IntN(9)] + ", Id"
		limited := fmt.Sprintf(" ORDER BY %s LIMIT %d OFFSET %d", order, r.IntN(20), r.IntN(4))
		require.Equal(t, d.must(slow+limited, nil).text(), d.must(fast+limited, nil).text(), fast+limited)
		joined := "SELECT u.Id, o.OrderId FROM Users u %s Orders o ON o.UserId = u.%s AND (%s)"
		joined = fmt.Sprintf(joined, []string{"JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"}[r.IntN(4)], []string{"Id", "Age - 24"}[r.IntN(2)], cond)
		plain := strings.Replace(strings.Replace(joined, "Users u", "(SELECT * FROM Users) u", 1), "Orders o", "(SELECT * FROM Orders) o", 1)
		require.Equal(t, sortedRows(d.must(plain, nil)), sortedRows(d.must(joined, nil)), joined)
	}
}

// TestJoinsAgree compares joins of tables with joins of subqueries over them,
// into which no condition is pushed and which no key serves.
func TestJoinsAgree(t *testing.T) {
	d := filled(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 3))
	for i := range 20 {
		d.must("INSERT INTO Users (Id, Name, Age) VALUES (@i, @n, @a)", map[string]any{"i": 5 + i, "n": "b", "a": 20 + i})
		d.must("INSERT INTO Orders (UserId, OrderId) VALUES (@u, @o)", map[string]any{"u": r.IntN(30), "o": 100 + i})
	}
	names := regexp.MustCompile(`\b(Id|Age|Name)\b`)
	kinds := []string{"JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "JOIN"}
	on := func() string {
		return []string{
			"o.UserId = u.Id", "o.UserId = u.Id AND o.OrderId > 110", "u.Age - 20 = o.UserId", "o.UserId < u.Id AND u.Age = 25",
			"o.UserId = u.Id AND (" + names.ReplaceAllString(randomCondition(r, 1), "u.$1") + ")",
		}[r.IntN(5)]
	}
	for range 300 {
		second := []string{"v.Id = u.Id", "v.Age = u.Age", "v.Id = o.OrderId - 95", "v.Id IN (u.Id, 7)", "v.Name = u.Name AND v.Id = o.UserId"}[r.IntN(5)]
		where := names.ReplaceAllString(randomCondition(r, 2), "u.$1") + []string{" AND ", " OR "}[r.IntN(2)] + names.ReplaceAllString(randomCondition(r, 1), "v.$1")
		sql := fmt.Sprintf("SELECT u.Id, o.UserId, o.OrderId, v.Id FROM Users u %s Orders o ON %s %s Users v ON %s WHERE %s",
			kinds[r.IntN(5)], on(), kinds[r.IntN(5)], second, where)
		plain := strings.NewReplacer("Users u", "(SELECT * FROM Users) u", "Orders o", "(SELECT * FROM Orders) o", "Users v", "(SELECT * FROM Users) v").Replace(sql)
		plain = strings.Replace(plain, "WHERE ", "WHERE CASE WHEN ", 1) + " THEN TRUE ELSE FALSE END"
		require.Equal(t, sortedRows(d.must(plain, nil)), sortedRows(d.must(sql, nil)), sql)
	}
}

func sortedRows(o outcome) []string {
	lines := strings.Split(o.text(), ";")
	slices.Sort(lines)
	return lines
}

// randomCondition writes a condition over Id, Name and Age of Users.
func randomCondition(r *rand.Rand, depth int) string {
	if depth > 0 && r.IntN(3) > 0 {
		a, b := randomCondition(r, depth-1), randomCondition(r, depth-1)
		return []string{"(" + a + " AND " + b + ")", "(" + a + " OR " + b + ")", "NOT (" + a + ")", "(" + a + " AND " + b + ")"}[r.IntN(4)]
	}
	op := []string{"=", "<", "<=", ">", ">=", "!="}[r.IntN(6)]
	number := []string{"25", "30", "1", "CAST(NULL AS INT64)", "110", "140"}[r.IntN(6)]
	text := []string{"'ann'", "'b'", "''", "CAST(NULL AS STRING)", "'zz'"}[r.IntN(5)]
	return []string{
		"Age " + op + " " + number, "Id " + op + " " + number, "Name " + op + " " + text, number + " " + op + " Age",
		"Age IN (" + number + ", 31)", "Name IN (" + text + ", 'ba')", "Name IS NULL", "Age IS NOT NULL", "Name LIKE 'b%'",
		"STARTS_WITH(Name, 'a')", "Age BETWEEN 25 AND " + number, "Id IN UNNEST([1, 120, 130])", "Name NOT IN ('b', " + text + ")",
	}[r.IntN(13)]
}
