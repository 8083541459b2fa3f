package query

import (
	"strconv"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"
	"github.com/cloudspannerecosystem/memefish/token"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// queryPlan is a query ready to run: after each step of its node, its columns are in their slots.
type queryPlan struct {
	node     node
	cols     []outColumn
	literals []expr // of the columns that are literals or parameters, which coerce as such in set operations
	value    bool   // SELECT AS STRUCT or AS VALUE

	// Of a subquery in FROM, see planAgain.
	build  func(pushed []*cond, wanted *wantedOrder) (node, bool, error)
	passed map[int]bool // columns that conditions may be pushed on
	scans  []*scanNode
}

type outColumn struct {
	name string
	t    *value.Type
	slot int

	// mayBeNull: it is an array that nothing keeps from being NULL.
	mayBeNull bool
}

// selectItem is one column of a select list.
type selectItem struct {
	e     expr
	name  string
	alias bool // the name was given or is that of a column, so ORDER BY may mention it
	node  ast.Expr
}

// block is one SELECT under analysis.
type block struct {
	a     *analyzer
	scope *scope // of its FROM
	item  fromItem
	where []expr
	aggs  *aggregation
	items []selectItem
	sort  []sortKey
}

func (a *analyzer) selectBlock(outer *scope, n *ast.Select, order *ast.OrderBy, limit *ast.Limit) (*queryPlan, error) {
	if a.blocks++; a.blocks > maxBlocks {
		return nil, a.invalid(n.Pos(), "The statement has more than %d subqueries", maxBlocks)
	}
	aggs, clause := a.aggs, a.clause
	defer func() { a.aggs, a.clause = aggs, clause }()
	b := &block{a: a, scope: newScope(outer), aggs: &aggregation{}}
	if err := b.analyzeFrom(n); err != nil {
		return nil, err
	}
	a.aggs, a.clause = b.aggs, ""
	if n.From == nil {
		if err := a.withoutFrom(n, order); err != nil {
			return nil, err
		}
		a.aggs, a.clause = nil, "SELECT without FROM clause"
	}
	if err := b.selectList(n.Results); err != nil {
		return nil, err
	}
	if err := b.groupBy(n.GroupBy); err != nil {
		return nil, err
	}
	having, err := b.having(n.Having)
	if err != nil {
		return nil, err
	}
	if err := b.orderBy(order); err != nil {
		return nil, err
	}
	if err := b.ungroup(&having); err != nil {
		return nil, err
	}
	a.aggs, a.clause = nil, "LIMIT clause"
	bounds, err := a.limit(outer, limit)
	if err != nil {
		return nil, err
	}
	return b.plan(n, having, bounds)
}

// withoutFrom refuses clauses that need rows.
func (a *analyzer) withoutFrom(n *ast.Select, order *ast.OrderBy) error {
	refuse := func(pos token.Pos, clause string) error {
		return a.invalid(pos, "Query without FROM clause cannot %s", clause)
	}
	switch {
	case n.Where != nil:
		return refuse(n.Where.Pos(), "have a WHERE clause")
	case n.AllOrDistinct == ast.AllOrDistinctDistinct:
		return refuse(n.Pos(), "use SELECT DISTINCT")
	case n.GroupBy != nil:
		return refuse(n.GroupBy.Pos(), "have a GROUP BY clause")
	case n.Having != nil:
		return refuse(n.Having.Pos(), "have a HAVING clause")
	case order != nil:
		return refuse(order.Pos(), "have an ORDER BY clause")
	}
	return nil
}

func (b *block) analyzeFrom(n *ast.Select) error {
	a := b.a
	a.aggs, a.clause = nil, "FROM clause"
	if n.From != nil {
		var err error
		if b.item, err = a.from(b.scope, n.From.Source); err != nil {
			return err
		}
	}
	if n.Where != nil {
		a.clause = "WHERE clause"
		e, err := a.condition(b.scope, n.Where.Expr, "WHERE clause")
		if err != nil {
			return err
		}
		b.where = conjuncts(e)
	}
	return nil
}

func (b *block) selectList(results []ast.SelectItem) error {
	for _, r := range results {
		var err error
		switch r := r.(type) {
		case *ast.ExprSelectItem:
			err = b.selectExpr(r.Expr, "", false)
		case *ast.Alias:
			err = b.selectExpr(r.Expr, r.As.Alias.Name, true)
		case *ast.Star:
			err = b.star(r.Star, b.scope.rels, r.Except, r.Replace)
		case *ast.DotStar:
			err = b.dotStar(r)
		default:
			err = b.a.unsupported(r.Pos(), "%s", nodeName(r))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *block) selectExpr(n ast.Expr, alias string, given bool) error {
	e, err := b.a.expr(b.scope, n)
	if err != nil {
		return err
	}
	name := alias
	if !given {
		name = inferredName(n)
	}
	b.items = append(b.items, selectItem{e: e, name: name, alias: name != "", node: n})
	return nil
}

// inferredName is the name that a column has without AS.
func inferredName(n ast.Expr) string {
	switch n := n.(type) {
	case *ast.Ident:
		if isCurrent(n) {
			return ""
		}
		return n.Name
	case *ast.Path:
		return n.Idents[len(n.Idents)-1].Name
	case *ast.SelectorExpr:
		return n.Ident.Name
	case *ast.ParenExpr:
		return inferredName(n.Expr)
	}
	return ""
}

func (b *block) star(pos token.Pos, rels []*relation, except *ast.StarModifierExcept, replace *ast.StarModifierReplace) error {
	if b.item == nil {
		return b.a.invalid(pos, "SELECT * must have a FROM clause")
	}
	var items []selectItem
	for _, r := range rels {
		for _, c := range r.cols {
			if !c.starless && (!c.merged || len(rels) == 1) {
				items = append(items, selectItem{e: c.ref(pos), name: c.name, alias: true})
			}
		}
	}
	return b.starModifiers(pos, items, except, replace)
}

func (b *block) starModifiers(pos token.Pos, items []selectItem, except *ast.StarModifierExcept, replace *ast.StarModifierReplace) error {
	if except != nil {
		for _, id := range except.Columns {
			kept := items[:0:0]
			for _, it := range items {
				if !strings.EqualFold(it.name, id.Name) {
					kept = append(kept, it)
				}
			}
			if len(kept) == len(items) {
				return b.a.invalid(id.NamePos, "Column %s in SELECT * EXCEPT list does not exist", id.Name)
			}
			items = kept
		}
	}
	if replace != nil {
		seen := map[string]bool{}
		for _, rep := range replace.Columns {
			key := strings.ToLower(rep.Name.Name)
			if seen[key] {
				return b.a.invalid(rep.Name.NamePos, "Duplicate column %s in SELECT * REPLACE list", rep.Name.Name)
			}
			seen[key] = true
			e, err := b.a.expr(b.scope, rep.Expr)
			if err != nil {
				return err
			}
			hit := false
			for i := range items {
				if strings.EqualFold(items[i].name, rep.Name.Name) {
					items[i].e, hit = e, true
				}
			}
			if !hit {
				return b.a.invalid(rep.Name.NamePos, "Column %s in SELECT * REPLACE list does not exist", rep.Name.Name)
			}
		}
	}
	if len(items) == 0 {
		return b.a.invalid(pos, "SELECT * expands to zero columns")
	}
	b.items = append(b.items, items...)
	return nil
}

func (b *block) dotStar(n *ast.DotStar) error {
	if id, ok := n.Expr.(*ast.Ident); ok {
		if r, crossed := b.a.lookupRelation(b.scope, id.Name); r != nil {
			capture(crossed, found{rel: r})
			return b.star(n.Star, []*relation{r}, n.Except, n.Replace)
		}
	}
	e, err := b.a.expr(b.scope, n.Expr)
	if err != nil {
		return err
	}
	if e.typ() == nil || e.typ().Code != value.CodeStruct {
		return b.a.invalid(n.Pos(), "Dot-star is not supported for type %s", e.typ())
	}
	var items []selectItem
	for i, f := range e.typ().Fields {
		items = append(items, selectItem{e: &fieldOf{a: e, index: i, t: f.Type}, name: f.Name, alias: true})
	}
	return b.starModifiers(n.Star, items, n.Except, n.Replace)
}

// nameAliases makes the select list known by its names in a scope.
func (b *block) nameAliases(s *scope) *scope {
	s.lets, s.vague = map[string]expr{}, map[string]bool{}
	for _, it := range b.items {
		if !it.alias {
			continue
		}
		key := strings.ToLower(it.name)
		if _, dup := s.lets[key]; dup {
			s.vague[key] = true
		}
		s.lets[key] = it.e
	}
	return s
}

// ordinal reads an integer literal that names a column of the select list.
func (b *block) ordinal(n ast.Expr, clause string) (int, bool, error) {
	switch n.(type) {
	case *ast.NullLiteral, *ast.StringLiteral, *ast.BytesLiteral, *ast.BoolLiteral, *ast.FloatLiteral:
		return 0, true, b.a.invalid(n.Pos(), "Cannot %s literal values", clause)
	}
	lit, ok := n.(*ast.IntLiteral)
	if !ok {
		return 0, false, nil
	}
	i, err := strconv.Atoi(lit.Value)
	if err != nil || i < 1 || i > len(b.items) {
		return 0, true, b.a.invalid(lit.ValuePos, "%s column number exceeds SELECT list size: %s", clause, lit.Value)
	}
	return i - 1, true, nil
}

func (b *block) orderBy(n *ast.OrderBy) error {
	if n == nil {
		return nil
	}
	b.a.clause = "ORDER BY clause"
	s := b.nameAliases(newScope(b.scope))
	for _, item := range n.Items {
		i, isOrdinal, err := b.ordinal(item.Expr, "ORDER BY")
		if err != nil {
			return err
		}
		var e expr
		if isOrdinal {
			e = b.items[i].e
		} else if e, err = b.a.expr(s, item.Expr); err != nil {
			return err
		}
		if t := e.typ(); t != nil && !t.Orderable() {
			return b.a.invalid(item.Pos(), "ORDER BY does not support expressions of type %s", t)
		}
		if item.Collate != nil {
			if t := e.typ(); t != nil && t.Code != value.CodeString {
				return b.a.invalid(item.Expr.Pos(), "COLLATE can only be applied to expressions of type STRING, but was applied to %s", t)
			}
			return b.a.unsupported(item.Collate.Pos(), "COLLATE")
		}
		b.sort = append(b.sort, sortKey{e: e, desc: item.Dir == ast.DirectionDesc})
	}
	return nil
}
