package query

import (
	"fmt"
	"strings"
)

// query makes one of the shapes of queries.
func (g *generator) query() randomQuery {
	switch g.IntN(8) {
	case 0, 1:
		return g.ofOneTable()
	case 2:
		return g.page()
	case 3:
		return g.join()
	case 4:
		return g.derived()
	case 5:
		return g.union()
	case 6:
		return g.grouped()
	}
	return g.subquery()
}

func (g *generator) table() randomTable { return g.tables[g.IntN(len(g.tables))] }

// from names a table, now and then with an index to use.
func (g *generator) from(t randomTable) string {
	if g.chance(20) {
		return "⟨" + t.name + "@{FORCE_INDEX=_BASE_TABLE}⟩"
	}
	return "⟨" + t.name + "⟩"
}

// column picks a column, key columns more often.
func (g *generator) column(t randomTable) randomColumn {
	if g.chance(40) {
		return t.columns[g.IntN(t.keys)]
	}
	return t.columns[g.IntN(len(t.columns))]
}

// condition is over columns of t, as alias.column.
func (g *generator) condition(t randomTable, alias string, depth int) string {
	if depth > 0 && g.chance(65) {
		list := []string{g.condition(t, alias, depth-1), g.condition(t, alias, depth-1)}
		if g.chance(30) {
			list = append(list, g.condition(t, alias, depth-1))
		}
		text := "(" + strings.Join(list, g.pick(" AND ", " AND ", " OR ")) + ")"
		if g.chance(10) {
			return "NOT " + text
		}
		return text
	}
	c := g.column(t)
	name := alias + "." + c.name
	switch g.IntN(12) {
	case 0:
		return name + g.pick(" IS NULL", " IS NOT NULL")
	case 1:
		return fmt.Sprintf("%s%s IN (%s, %s)", name, g.pick("", "", " NOT"), g.value(c), g.value(c))
	case 2:
		return fmt.Sprintf("%s IN UNNEST([%s, %s, %s])", name, g.pick(domains[c.sql]...), g.value(c), g.value(c))
	case 3:
		return fmt.Sprintf("%s BETWEEN %s AND %s", name, g.value(c), g.value(c))
	case 4:
		if strings.HasPrefix(c.sql, "STRING") {
			return g.pick("STARTS_WITH("+name+", 'a')", name+" LIKE 'a%'", name+" LIKE '_'", name+" LIKE 'ab'")
		}
		return g.pick("TRUE", "FALSE", name+" IS NOT NULL")
	case 5:
		if c.sql == "BOOL" {
			return g.pick("", "NOT ") + name
		}
		return fmt.Sprintf("(%s IS NULL OR %s > %s)", g.value(c), name, g.value(c))
	}
	if g.chance(10) {
		return fmt.Sprintf("%s %s %s", g.value(c), g.pick("<", "<=", "=", ">"), name)
	}
	return fmt.Sprintf("%s %s %s", name, g.pick("=", "=", "=", "<", "<=", ">", ">=", "!="), g.value(c))
}

// order is by some columns and then the whole key.
func (g *generator) order(t randomTable, alias string) string {
	var parts []string
	seen := map[string]bool{}
	add := func(c randomColumn) {
		if !seen[c.name] {
			parts = append(parts, "«"+alias+"."+c.name+"»"+g.pick("", "", " DESC"))
			seen[c.name] = true
		}
	}
	switch g.IntN(3) {
	case 0:
		add(g.column(t))
	case 1:
		add(g.column(t))
		add(g.column(t))
	}
	for _, c := range t.columns[:t.keys] {
		add(c)
	}
	return strings.Join(parts, ", ")
}

func (g *generator) columns(t randomTable, alias string) string {
	var names []string
	for _, c := range t.columns {
		if g.chance(50) || len(names) == 0 {
			names = append(names, alias+"."+c.name)
		}
	}
	return strings.Join(names, ", ")
}

func (g *generator) ofOneTable() randomQuery {
	t := g.table()
	text := fmt.Sprintf("SELECT %s FROM %s a WHERE ⟦%s⟧", g.columns(t, "a"), g.from(t), g.condition(t, "a", 3))
	if g.chance(40) {
		return randomQuery{text: text}
	}
	return randomQuery{text: text + " ORDER BY " + g.order(t, "a"), ordered: true, limit: g.IntN(12), offset: g.IntN(3)}
}

// page continues a list behind a key, in the forms that are in use.
func (g *generator) page() randomQuery {
	t := g.table()
	x, y := g.column(t), g.column(t)
	more, less := ">", ""
	if g.chance(50) {
		more, less = "<", " DESC"
	}
	vx, vy := g.value(x), g.value(y)
	form := g.pick(
		"(a.%[1]s %[5]s= %[3]s AND (a.%[1]s %[5]s %[3]s OR a.%[2]s > %[4]s))",
		"(a.%[1]s %[5]s %[3]s OR (a.%[1]s = %[3]s AND a.%[2]s > %[4]s))",
		"(a.%[1]s %[5]s= %[3]s AND (a.%[1]s %[5]s %[3]s OR (a.%[1]s = %[3]s AND a.%[2]s > %[4]s)))",
		"((a.%[1]s = %[3]s AND a.%[2]s >= %[4]s) OR a.%[1]s %[5]s %[3]s OR FALSE)",
		"(a.%[1]s %[5]s= %[3]s AND (a.%[1]s %[5]s %[3]s OR a.%[2]s > %[4]s OR a.%[2]s IS NULL))",
	)
	where := fmt.Sprintf(form, x.name, y.name, vx, vy, more)
	if g.chance(60) {
		where += " AND " + g.condition(t, "a", 1)
	}
	order := fmt.Sprintf("«a.%s»%s, «a.%s», ", x.name, less, y.name)
	for _, c := range t.columns[:t.keys] {
		order += "«a." + c.name + "», "
	}
	return randomQuery{
		text:    fmt.Sprintf("SELECT a.* FROM %s a WHERE ⟦%s⟧ ORDER BY %s", g.from(t), where, strings.TrimSuffix(order, ", ")),
		ordered: true, limit: g.IntN(8), offset: 0,
	}
}

// match joins two tables on columns of a type that both have.
func (g *generator) match(a, b randomTable, x, y string) string {
	for range 20 {
		l, r := g.column(a), g.column(b)
		if strings.Split(l.sql, " ")[0] == strings.Split(r.sql, " ")[0] {
			return fmt.Sprintf("%s.%s %s %s.%s", x, l.name, g.pick("=", "=", "=", "<"), y, r.name)
		}
	}
	return fmt.Sprintf("%s.c0 = %s.c0", x, y)
}

func (g *generator) join() randomQuery {
	a, b, c := g.table(), g.table(), g.table()
	on := g.match(a, b, "a", "b")
	if g.chance(50) {
		on += g.pick(" AND ", " OR ") + g.condition(b, "b", 1)
	}
	kind := func() string { return g.pick("JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN") }
	text := fmt.Sprintf("SELECT %s, %s FROM %s a %s %s b ON ⟦%s⟧", g.columns(a, "a"), g.columns(b, "b"), g.from(a), kind(), g.from(b), on)
	if g.chance(30) {
		text += fmt.Sprintf(" %s %s c ON ⟦%s⟧", kind(), g.from(c), g.match(b, c, "b", "c"))
	}
	if g.chance(70) {
		text += " WHERE ⟦" + g.condition(a, "a", 2) + g.pick(" AND ", " OR ") + g.condition(b, "b", 1) + "⟧"
	}
	return randomQuery{text: text}
}

// derived reads a table through a subquery in FROM or a CTE.
func (g *generator) derived() randomQuery {
	t := g.table()
	inner := fmt.Sprintf("SELECT %s* FROM %s i WHERE ⟦%s⟧", g.pick("", "", "DISTINCT "), g.from(t), g.condition(t, "i", 1))
	if g.chance(25) && !strings.Contains(inner, "DISTINCT") {
		inner += fmt.Sprintf(" ORDER BY %s LIMIT %d", g.order(t, "i"), g.IntN(20))
	}
	outer := g.condition(t, "a", 2)
	if g.chance(40) {
		return g.cte(t, inner, outer)
	}
	text := fmt.Sprintf("SELECT a.* FROM (%s) a WHERE ⟦%s⟧", inner, outer)
	if g.chance(40) {
		return randomQuery{text: text + " ORDER BY " + g.order(t, "a"), ordered: true, limit: g.IntN(12), offset: g.IntN(3)}
	}
	return randomQuery{text: text}
}

func (g *generator) cte(t randomTable, inner, outer string) randomQuery {
	if g.chance(50) {
		return randomQuery{text: fmt.Sprintf("WITH w AS (%s) SELECT a.* FROM w a WHERE ⟦%s⟧", inner, outer)}
	}
	return randomQuery{text: fmt.Sprintf("WITH w AS (%s) SELECT a.c0, b.c0 FROM w a %s w b ON ⟦%s⟧ WHERE ⟦%s⟧",
		inner, g.pick("JOIN", "LEFT JOIN", "FULL JOIN"), g.match(t, t, "a", "b"), outer)}
}

// union reads two parts of a table.
func (g *generator) union() randomQuery {
	t := g.table()
	part := func() string {
		text := fmt.Sprintf("SELECT c0, %s FROM %s i WHERE ⟦%s⟧", t.columns[len(t.columns)-1].name, g.from(t), g.condition(t, "i", 1))
		if g.chance(20) {
			text = fmt.Sprintf("(%s ORDER BY %s LIMIT %d)", text, g.order(t, "i"), g.IntN(10))
		}
		return text
	}
	op := g.pick("UNION ALL", "UNION ALL", "UNION DISTINCT", "INTERSECT DISTINCT", "EXCEPT DISTINCT", "INTERSECT ALL", "EXCEPT ALL")
	slim := randomTable{columns: []randomColumn{t.columns[0], t.columns[len(t.columns)-1]}, keys: 1}
	return randomQuery{text: fmt.Sprintf("SELECT a.* FROM (%s %s %s) a WHERE ⟦%s⟧", part(), op, part(), g.condition(slim, "a", 2))}
}

func (g *generator) grouped() randomQuery {
	t := g.table()
	k, v := g.column(t), g.column(t)
	aggregates := fmt.Sprintf("COUNT(*), COUNT(a.%[1]s), MIN(a.%[1]s), MAX(a.%[1]s), COUNT(DISTINCT a.%[1]s)", v.name)
	if g.chance(35) {
		one := fmt.Sprintf("%s(a.%s)", g.pick("MIN", "MAX", "COUNT"), v.name)
		return randomQuery{text: fmt.Sprintf("SELECT %s FROM %s a WHERE ⟦%s⟧", g.pick(aggregates, one, one), g.from(t), g.condition(t, "a", 2))}
	}
	text := fmt.Sprintf("SELECT a.%s AS k, %s FROM %s a WHERE ⟦%s⟧ GROUP BY k", k.name, aggregates, g.from(t), g.condition(t, "a", 1))
	if g.chance(40) {
		text += " HAVING ⟦COUNT(*) > 1⟧"
	}
	if g.chance(50) {
		slim := randomTable{columns: []randomColumn{{"k", k.sql}}, keys: 1}
		text = fmt.Sprintf("SELECT b.* FROM (%s) b WHERE ⟦%s⟧", text, g.condition(slim, "b", 1))
	}
	return randomQuery{text: text}
}

func (g *generator) subquery() randomQuery {
	a, b := g.table(), g.table()
	inner := g.match(b, a, "b", "a") + " AND " + g.condition(b, "b", 1)
	test := g.pick(
		fmt.Sprintf("EXISTS (SELECT 1 FROM %s b WHERE ⟦%s⟧)", g.from(b), inner),
		fmt.Sprintf("NOT EXISTS (SELECT 1 FROM %s b WHERE ⟦%s⟧)", g.from(b), inner),
		fmt.Sprintf("a.c0 IN (SELECT b.c0 FROM %s b WHERE ⟦%s⟧)", g.from(b), inner),
		fmt.Sprintf("a.c0 NOT IN (SELECT b.c0 FROM %s b WHERE ⟦%s⟧)", g.from(b), g.condition(b, "b", 1)),
		fmt.Sprintf("(SELECT COUNT(*) FROM %s b WHERE ⟦%s⟧) > 1", g.from(b), inner),
		fmt.Sprintf("(SELECT MAX(b.c0) FROM %s b WHERE ⟦%s⟧) = a.c0", g.from(b), inner),
	)
	return randomQuery{text: fmt.Sprintf("SELECT %s FROM %s a WHERE ⟦%s⟧ AND ⟦%s⟧", g.columns(a, "a"), g.from(a), g.condition(a, "a", 1), test)}
}
