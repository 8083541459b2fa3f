package query

import (
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

type dmlKind int

const (
	dmlInsert dmlKind = iota
	dmlInsertOrUpdate
	dmlInsertOrIgnore
	dmlUpdate
	dmlDelete
)

// dmlPlan is a planned INSERT, UPDATE or DELETE.
type dmlPlan struct {
	kind      dmlKind
	table     *schema.Table
	input     node      // rows to change, or of INSERT ... SELECT
	rel       *relation // the table's columns, for WHERE, SET and THEN RETURN
	columns   []int     // written
	values    []expr    // of columns, for each row of input
	rows      []insertRow
	returning *returning
}

// insertRow is a row of VALUES; columns given as DEFAULT are left out.
type insertRow struct {
	columns []int
	values  []expr
}

// returning is THEN RETURN: expressions over the row as it is then.
type returning struct {
	exprs  []expr
	cols   []outColumn
	action string // name of the WITH ACTION column, "" for none
}

func (a *analyzer) targetTable(p *ast.Path) (*schema.Table, error) {
	if len(p.Idents) != 1 {
		return nil, a.unsupported(p.Pos(), "Table %s", p.SQL())
	}
	if v, ok := a.cat.View(p.Idents[0].Name); ok {
		return nil, a.invalid(p.Pos(), "View %s cannot be modified", v.Name)
	}
	t, ok := a.cat.Table(p.Idents[0].Name)
	if !ok {
		return nil, a.invalid(p.Pos(), "Table not found: %s", p.Idents[0].Name)
	}
	return t, nil
}

func findColumn(t *schema.Table, name string) (*schema.Column, bool) {
	for _, c := range t.Columns {
		if strings.EqualFold(c.Name, name) {
			return c, true
		}
	}
	return nil, false
}

// writable finds a column that a statement may set.
func (a *analyzer) writable(t *schema.Table, id *ast.Ident) (*schema.Column, error) {
	c, ok := findColumn(t, id.Name)
	if !ok {
		return nil, a.invalid(id.NamePos, "Column %s is not present in table %s", id.Name, t.Name)
	}
	if c.Generated != nil {
		return nil, a.invalid(id.NamePos, "Cannot write to generated column %s.%s", t.Name, c.Name)
	}
	return c, nil
}

func (a *analyzer) insert(n *ast.Insert) (*dmlPlan, error) {
	if err := a.statementHint(n.Hint, dmlHints); err != nil {
		return nil, err
	}
	if err := a.checkHints(n.TableHint, tableHints); err != nil {
		return nil, err
	}
	t, err := a.targetTable(n.TableName)
	if err != nil {
		return nil, err
	}
	switch {
	case n.OnConflict != nil:
		return nil, a.unsupported(n.OnConflict.Pos(), "ON CONFLICT")
	case n.AssertRowsModified != nil:
		return nil, a.unsupported(n.AssertRowsModified.Pos(), "ASSERT_ROWS_MODIFIED")
	case n.As != nil:
		return nil, a.invalid(n.As.Pos(), "Syntax error: Unexpected keyword AS")
	case len(n.Columns) == 0:
		return nil, a.invalid(n.Input.Pos(), "INSERT must specify a column list")
	}
	d := &dmlPlan{table: t}
	switch n.InsertOrType {
	case "":
	case ast.InsertOrTypeUpdate:
		d.kind = dmlInsertOrUpdate
	case ast.InsertOrTypeIgnore:
		d.kind = dmlInsertOrIgnore
	default:
		return nil, a.unsupported(n.Pos(), "INSERT OR %s", n.InsertOrType)
	}
	seen := map[int]bool{}
	for _, id := range n.Columns {
		c, err := a.writable(t, id)
		if err != nil {
			return nil, err
		}
		if seen[c.Ordinal] {
			return nil, a.invalid(id.NamePos, "INSERT has columns with duplicate name: %s", c.Name)
		}
		seen[c.Ordinal] = true
		d.columns = append(d.columns, c.Ordinal)
	}
	switch in := n.Input.(type) {
	case *ast.ValuesInput:
		err = a.insertValues(d, in)
	case *ast.SubQueryInput:
		err = a.insertQuery(d, in)
	default:
		err = a.unsupported(n.Pos(), "this form of INSERT")
	}
	if err != nil {
		return nil, err
	}
	d.rel = a.tableRelation(t, t.Name)
	return d, a.thenReturn(d, n.ThenReturn)
}

func (a *analyzer) insertValues(d *dmlPlan, in *ast.ValuesInput) error {
	a.clause, a.dmlOnly = "VALUES", true
	for _, row := range in.Rows {
		if len(row.Exprs) != len(d.columns) {
			return a.invalid(row.Pos(), "Inserted row has wrong column count; Has %d, expected %d", len(row.Exprs), len(d.columns))
		}
		var out insertRow
		for i, x := range row.Exprs {
			if x.Default {
				continue
			}
			e, err := a.expr(nil, x.Expr)
			if err != nil {
				return err
			}
			if e, err = a.assign(e, d.table.Columns[d.columns[i]], x.Expr); err != nil {
				return err
			}
			out.columns, out.values = append(out.columns, d.columns[i]), append(out.values, e)
		}
		d.rows = append(d.rows, out)
	}
	return nil
}

func (a *analyzer) insertQuery(d *dmlPlan, in *ast.SubQueryInput) error {
	plan, err := a.query(nil, in.Query)
	if err != nil {
		return err
	}
	if len(plan.cols) != len(d.columns) {
		return a.invalid(in.Pos(), "Inserted row has wrong column count; Has %d, expected %d", len(plan.cols), len(d.columns))
	}
	d.input = plan.node
	for i, c := range plan.cols {
		var e expr = &slotRef{slot: c.slot, t: c.t, name: c.name}
		if lit, ok := plan.literal(i).(*constant); ok {
			e = lit
		}
		if e, err = a.assign(e, d.table.Columns[d.columns[i]], in.Query); err != nil {
			return err
		}
		d.values = append(d.values, e)
	}
	return nil
}

// assign coerces a value to the type of its column.
func (a *analyzer) assign(e expr, c *schema.Column, at ast.Node) (expr, error) {
	out, ok, err := a.coerce(e, c.Type)
	if err != nil {
		return nil, a.located(err, at.Pos())
	}
	if !ok {
		return nil, a.invalid(at.Pos(), "Value has type %s which cannot be inserted into column %s, which has type %s", e.typ(), c.Name, c.Type)
	}
	pending := false
	walk(e, func(x expr) bool {
		if f, isCall := x.(*call); isCall && f.name == pendingName {
			pending = true
		}
		return true
	})
	if f, isCall := e.(*call); pending && (!isCall || f.name != pendingName) {
		return nil, a.invalid(at.Pos(), "The PENDING_COMMIT_TIMESTAMP() function may only be used as a value by itself")
	}
	if pending && !c.AllowCommitTimestamp {
		return nil, a.invalid(at.Pos(), "Cannot write PENDING_COMMIT_TIMESTAMP() into column %s: it lacks the option allow_commit_timestamp=true", c.Name)
	}
	return out, nil
}

// target prepares the rows that UPDATE and DELETE change.
func (a *analyzer) target(kind dmlKind, p *ast.Path, hint *ast.Hint, as *ast.AsAlias, where *ast.Where) (*dmlPlan, *scope, *tableItem, []expr, error) {
	t, err := a.targetTable(p)
	if err != nil {
		return nil, nil, nil, nil, err
	}
	alias := t.Name
	if as != nil {
		alias = as.Alias.Name
	}
	s := newScope(nil)
	item, err := a.table(s, t, alias, hint, p.Pos())
	if err != nil {
		return nil, nil, nil, nil, err
	}
	table := item.(*tableItem)
	for _, k := range t.Key {
		table.rel.used[k.Column] = true
	}
	if where == nil {
		return nil, nil, nil, nil, a.invalid(p.Pos(), "UPDATE and DELETE must have a WHERE clause")
	}
	a.clause = "WHERE clause"
	cond, err := a.condition(s, where.Expr, "WHERE clause")
	if err != nil {
		return nil, nil, nil, nil, err
	}
	return &dmlPlan{kind: kind, table: t, rel: table.rel}, s, table, conjuncts(cond), nil
}

func (a *analyzer) update(n *ast.Update) (*dmlPlan, error) {
	if err := a.statementHint(n.Hint, dmlHints); err != nil {
		return nil, err
	}
	d, s, item, where, err := a.target(dmlUpdate, n.TableName, n.TableHint, n.As, n.Where)
	if err != nil {
		return nil, err
	}
	seen := map[int]bool{}
	for _, u := range n.Updates {
		set, ok := u.(*ast.UpdateItemSetValue)
		if !ok {
			return nil, a.unsupported(u.Pos(), "%s", nodeName(u))
		}
		if err := a.setItem(d, s, set, seen); err != nil {
			return nil, err
		}
	}
	if err := a.thenReturn(d, n.ThenReturn); err != nil {
		return nil, err
	}
	d.input, _, err = a.planFrom(item, where, nil)
	return d, err
}

func (a *analyzer) setItem(d *dmlPlan, s *scope, set *ast.UpdateItemSetValue, seen map[int]bool) error {
	ids := set.Path
	if len(ids) == 2 && strings.EqualFold(ids[0].Name, d.rel.alias) {
		ids = ids[1:]
	}
	c, err := a.writable(d.table, ids[0])
	if err != nil {
		return err
	}
	if len(ids) != 1 {
		return a.invalid(ids[1].NamePos, "UPDATE ... SET does not support modifying a field of %s", c.Name)
	}
	if d.table.IsKey(c.Ordinal) {
		return a.invalid(ids[0].NamePos, "Cannot UPDATE value on PRIMARY KEY column %s", c.Name)
	}
	if seen[c.Ordinal] {
		return a.invalid(ids[0].NamePos, "Update item %s assigned more than once", c.Name)
	}
	seen[c.Ordinal] = true
	a.clause, a.dmlOnly = "SET clause", true
	var e expr = &constant{t: c.Type}
	if !set.DefaultExpr.Default {
		if e, err = a.expr(s, set.DefaultExpr.Expr); err != nil {
			return err
		}
		if e, err = a.assign(e, c, set); err != nil {
			return err
		}
	} else if c.Default != nil {
		if e, err = a.expr(nil, c.Default); err != nil {
			return err
		}
		if e, err = a.assign(e, c, set); err != nil {
			return err
		}
	}
	a.dmlOnly = false
	d.columns, d.values = append(d.columns, c.Ordinal), append(d.values, e)
	return nil
}

func (a *analyzer) delete(n *ast.Delete) (*dmlPlan, error) {
	if err := a.statementHint(n.Hint, dmlHints); err != nil {
		return nil, err
	}
	d, _, item, where, err := a.target(dmlDelete, n.TableName, n.TableHint, n.As, n.Where)
	if err != nil {
		return nil, err
	}
	if err := a.thenReturn(d, n.ThenReturn); err != nil {
		return nil, err
	}
	d.input, _, err = a.planFrom(item, where, nil)
	return d, err
}

// thenReturn analyses THEN RETURN like a select list over the written row.
func (a *analyzer) thenReturn(d *dmlPlan, n *ast.ThenReturn) error {
	if n == nil {
		return nil
	}
	a.dmlOnly, a.aggs, a.clause = false, nil, "THEN RETURN clause"
	b := &block{a: a, scope: newScope(nil), aggs: &aggregation{}, item: &tableItem{rel: d.rel}}
	b.scope.rels = []*relation{d.rel}
	if err := b.selectList(n.Items); err != nil {
		return err
	}
	r := &returning{}
	for _, it := range b.items {
		e := it.e
		if e.typ() == nil {
			e, _, _ = a.coerce(e, value.TypeInt64)
		}
		r.exprs, r.cols = append(r.exprs, e), append(r.cols, outColumn{name: it.name, t: e.typ()})
	}
	if n.WithAction != nil {
		r.action = "ACTION"
		if n.WithAction.Alias != nil {
			r.action = n.WithAction.Alias.Alias.Name
		}
		r.cols = append(r.cols, outColumn{name: r.action, t: value.TypeString})
	}
	d.returning = r
	return nil
}
