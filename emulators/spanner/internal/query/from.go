package query

import (
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"
	"github.com/cloudspannerecosystem/memefish/token"

	"github.com/kwipper/kwipper/emulators/spanner/internal/infoschema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// fromItem is an analysed part of FROM: a table, a subquery, an UNNEST or a join.
type fromItem interface {
	relations() []*relation
}

type tableItem struct {
	rel        *relation
	forceIndex *schema.Index
	forceBase  bool // FORCE_INDEX=_BASE_TABLE
	pos        token.Pos
}

type subqueryItem struct {
	rel  *relation
	plan *queryPlan
}

type unnestItem struct {
	rel    *relation
	array  expr
	offset int // slot, or -1
}

type joinItem struct {
	op          ast.JoinOp
	left, right fromItem
	on          []expr // conjuncts
	merge       []mergedColumn
	forceOrder  bool
}

// mergedColumn is a column of USING in a FULL JOIN: the left value or else the right.
type mergedColumn struct{ slot, left, right int }

func (t *tableItem) relations() []*relation    { return []*relation{t.rel} }
func (q *subqueryItem) relations() []*relation { return []*relation{q.rel} }
func (u *unnestItem) relations() []*relation   { return []*relation{u.rel} }
func (j *joinItem) relations() []*relation {
	return append(j.left.relations(), j.right.relations()...)
}

// from analyses FROM and adds its range variables to the scope.
func (a *analyzer) from(s *scope, n ast.TableExpr) (fromItem, error) {
	if err := a.enter(n.Pos()); err != nil {
		return nil, err
	}
	defer a.leave()
	item, err := a.unsampled(s, n)
	if err != nil {
		return nil, err
	}
	switch n := n.(type) {
	case *ast.TableName:
		return a.sampled(item, n.Sample)
	case *ast.SubQueryTableExpr:
		return a.sampled(item, n.Sample)
	case *ast.ParenTableExpr:
		return a.sampled(item, n.Sample)
	}
	return item, nil
}

// unsampled analyses FROM without its TABLESAMPLE.
func (a *analyzer) unsampled(s *scope, n ast.TableExpr) (fromItem, error) {
	switch n := n.(type) {
	case *ast.TableName:
		return a.namedTable(s, n)
	case *ast.PathTableExpr:
		return a.pathTable(s, n)
	case *ast.SubQueryTableExpr:
		return a.derivedTable(s, n.Query, aliasName(n.As), s, n.Pos())
	case *ast.ParenTableExpr:
		return a.from(s, n.Source)
	case *ast.Unnest:
		return a.unnest(s, n.Expr, n.As, n.WithOffset, n.Sample, n.Pos())
	case *ast.Join:
		return a.join(s, n)
	}
	return nil, a.unsupported(n.Pos(), "%s in FROM", nodeName(n))
}

func aliasName(as *ast.AsAlias) string {
	if as == nil {
		return ""
	}
	return as.Alias.Name
}

// addRelation makes a range variable visible; two of one name are refused.
func (a *analyzer) addRelation(s *scope, r *relation, pos token.Pos) error {
	if r.alias != "" && s.relation(r.alias) != nil {
		return a.invalid(pos, "Duplicate table alias %s in the same FROM clause", r.alias)
	}
	if a.slots > maxSlots {
		return a.invalid(pos, "The statement has too many columns")
	}
	s.rels = append(s.rels, r)
	return nil
}

func (a *analyzer) namedTable(s *scope, n *ast.TableName) (fromItem, error) {
	alias := n.Table.Name
	if n.As != nil {
		alias = n.As.Alias.Name
	}
	for at := s; at != nil; at = at.parent {
		if cte, ok := at.ctes[strings.ToLower(n.Table.Name)]; ok {
			return a.derivedTable(at.cteScope[strings.ToLower(n.Table.Name)], cte.QueryExpr, alias, s, n.Pos())
		}
	}
	a.uses = append(a.uses, n.Table.Name)
	if v, ok := a.cat.View(n.Table.Name); ok {
		return a.viewTable(s, v, alias, n)
	}
	t, ok := a.cat.Table(n.Table.Name)
	if !ok {
		return nil, a.invalid(n.Pos(), "Table not found: %s", n.Table.Name)
	}
	return a.table(s, t, alias, n.Hint, n.Pos())
}

// table makes a range variable over a table.
func (a *analyzer) table(s *scope, t *schema.Table, alias string, hint *ast.Hint, pos token.Pos) (fromItem, error) {
	item := &tableItem{rel: a.tableRelation(t, alias), pos: pos}
	if err := a.tableHint(item, t, hint); err != nil {
		return nil, err
	}
	return item, a.addRelation(s, item.rel, pos)
}

func (a *analyzer) tableRelation(t *schema.Table, alias string) *relation {
	r := &relation{alias: alias, table: t, used: map[int]bool{}, named: map[int]bool{}}
	a.tables = append(a.tables, r)
	for i, c := range t.Columns {
		r.cols = append(r.cols, &relColumn{
			name: c.Name, slot: a.slot(), t: c.Type, rel: r, ordinal: i, starless: c.Hidden,
		})
	}
	return r
}

func (a *analyzer) tableHint(item *tableItem, t *schema.Table, hint *ast.Hint) error {
	if hint == nil {
		return nil
	}
	if err := a.checkHints(hint, tableHints); err != nil {
		return err
	}
	for _, rec := range hint.Records {
		if !strings.EqualFold(rec.Key.SQL(), "FORCE_INDEX") {
			continue // others steer an optimizer that is not here
		}
		name := strings.Trim(rec.Value.SQL(), "`\"'")
		if strings.EqualFold(name, "_BASE_TABLE") {
			item.forceBase = true
			continue
		}
		x, ok := t.Index(name)
		if !ok {
			return a.invalid(rec.Pos(), "The table %s does not have a secondary index called %s", t.Name, name)
		}
		item.forceIndex = x
	}
	return nil
}

// pathTable is FROM a.b: an array that an earlier range variable has.
func (a *analyzer) pathTable(s *scope, n *ast.PathTableExpr) (fromItem, error) {
	first := n.Path.Idents[0].Name
	if f, err := a.lookup(s, first, n.Pos()); err != nil || f.col == nil && f.rel == nil {
		if strings.EqualFold(first, "INFORMATION_SCHEMA") && len(n.Path.Idents) == 2 && n.WithOffset == nil && n.Sample == nil {
			return a.schemaTable(s, n)
		}
		if strings.EqualFold(first, "INFORMATION_SCHEMA") || strings.EqualFold(first, "SPANNER_SYS") {
			return nil, a.unsupported(n.Pos(), "%s", n.Path.SQL())
		}
		return nil, a.invalid(n.Pos(), "Table not found: %s", n.Path.SQL())
	}
	as := n.As
	if as == nil {
		as = &ast.AsAlias{Alias: n.Path.Idents[len(n.Path.Idents)-1]}
	}
	return a.unnest(s, n.Path, as, n.WithOffset, n.Sample, n.Pos())
}

// schemaTable is a table of INFORMATION_SCHEMA. The catalog does not change
// under a plan, so the rows are an array in it.
func (a *analyzer) schemaTable(s *scope, n *ast.PathTableExpr) (fromItem, error) {
	name := n.Path.Idents[1].Name
	table, ok := infoschema.Find(name, a.cat.Whole(), a.cat.Viewer())
	if !ok {
		return nil, a.unsupported(n.Pos(), "%s", n.Path.SQL())
	}
	alias := name
	if n.As != nil {
		alias = n.As.Alias.Name
	}
	elems := make([]value.Value, len(table.Rows))
	for i, row := range table.Rows {
		elems[i] = value.Struct(row)
	}
	t := value.StructOf(table.Columns...)
	r := &relation{alias: alias}
	r.self = &relColumn{name: alias, slot: a.slot(), t: t, rel: r}
	for _, f := range table.Columns {
		r.cols = append(r.cols, &relColumn{name: f.Name, slot: a.slot(), t: f.Type, rel: r})
	}
	rows := &constant{v: value.Array(elems), t: value.ArrayOf(t)}
	return &unnestItem{rel: r, array: rows, offset: -1}, a.addRelation(s, r, n.Pos())
}

// derivedTable is a subquery in FROM, or a CTE by its name: names inside are
// those of where it is declared.
func (a *analyzer) derivedTable(declared *scope, q ast.QueryExpr, alias string, s *scope, pos token.Pos) (fromItem, error) {
	outside := declared
	if declared == s {
		outside = &scope{parent: s.parent, ctes: s.ctes, cteScope: s.cteScope} // not the range variables beside it
	}
	plan, err := a.query(outside, q)
	if err != nil {
		return nil, err
	}
	r := &relation{alias: alias}
	for _, c := range plan.cols {
		r.cols = append(r.cols, &relColumn{name: c.name, slot: c.slot, t: c.t, rel: r})
	}
	if plan.value {
		a.valueTable(r, plan)
	}
	return &subqueryItem{rel: r, plan: plan}, a.addRelation(s, r, pos)
}

// valueTable makes a range variable of the one column of SELECT AS STRUCT or AS VALUE;
// the fields of a struct are its columns.
func (a *analyzer) valueTable(r *relation, plan *queryPlan) {
	c := plan.cols[0]
	r.self = &relColumn{name: r.alias, slot: c.slot, t: c.t, rel: r}
	if c.t.Code != value.CodeStruct {
		r.cols = []*relColumn{r.self}
		return
	}
	r.cols = nil
	project := &projectNode{}
	for i, f := range c.t.Fields {
		col := &relColumn{name: f.Name, slot: a.slot(), t: f.Type, rel: r}
		r.cols = append(r.cols, col)
		project.exprs = append(project.exprs, &fieldOf{a: &slotRef{slot: c.slot, t: c.t}, index: i, t: f.Type})
		project.slots = append(project.slots, col.slot)
	}
	onTop := func(n node) node { return &projectNode{input: n, exprs: project.exprs, slots: project.slots} }
	plan.node = onTop(plan.node)
	if build := plan.build; build != nil {
		plan.build = func(pushed []*cond, wanted *wantedOrder) (node, bool, error) {
			n, ordered, err := build(pushed, wanted)
			if err != nil {
				return nil, false, err
			}
			return onTop(n), ordered, nil
		}
	}
}

func (a *analyzer) unnest(s *scope, n ast.Expr, as *ast.AsAlias, offset *ast.WithOffset, sample *ast.TableSample, pos token.Pos) (fromItem, error) {
	if sample != nil {
		return nil, a.invalid(sample.Pos(), "TABLESAMPLE cannot be used with arrays")
	}
	array, err := a.expr(s, n)
	if err != nil {
		return nil, err
	}
	if array.typ() == nil {
		array, _, _ = a.coerce(array, value.TypeInt64)
	}
	t := array.typ()
	if t.Code != value.CodeArray {
		return nil, a.invalid(pos, "Values referenced in UNNEST must be arrays. UNNEST contains expression of type %s", t)
	}
	r := &relation{alias: aliasName(as)}
	r.self = &relColumn{name: r.alias, slot: a.slot(), t: t.Elem, rel: r}
	item := &unnestItem{rel: r, array: array, offset: -1}
	if t.Elem.Code == value.CodeStruct {
		for _, f := range t.Elem.Fields {
			r.cols = append(r.cols, &relColumn{name: f.Name, slot: a.slot(), t: f.Type, rel: r})
		}
	} else {
		r.cols = []*relColumn{r.self}
	}
	if err := a.addRelation(s, r, pos); err != nil {
		return nil, err
	}
	if offset == nil {
		return item, nil
	}
	name := "offset"
	if offset.As != nil {
		name = offset.As.Alias.Name
	}
	item.offset = a.slot()
	or := &relation{alias: name}
	or.self = &relColumn{name: name, slot: item.offset, t: value.TypeInt64, rel: or}
	or.cols = []*relColumn{or.self}
	return item, a.addRelation(s, or, pos)
}
