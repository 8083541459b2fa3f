package query

import (
	"slices"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// viewTable is FROM view: the view's query in place of its name. Predicates
// reach the tables inside as those on any subquery do.
func (a *analyzer) viewTable(s *scope, v *schema.StoredView, alias string, n *ast.TableName) (fromItem, error) {
	if n.Hint != nil {
		return nil, a.invalid(n.Hint.Pos(), "Table hints cannot be used on view %s", v.Name)
	}
	key := strings.ToLower(v.Name)
	if slices.Contains(a.openViews, key) {
		return nil, a.invalid(n.Pos(), "View %s is defined by itself", v.Name)
	}
	tables, usedViews, sql := a.tables, a.usedViews, a.sql
	a.openViews, a.sql = append(a.openViews, key), "" // places in the view are none in the statement
	item, err := a.derivedTable(nil, v.Query, alias, s, n.Pos())
	a.openViews, a.sql = a.openViews[:len(a.openViews)-1], sql
	if err != nil {
		return nil, err
	}
	if !v.Invoker {
		a.tables, a.usedViews = tables, usedViews // read with the rights of who defined it
	}
	a.usedViews = append(a.usedViews, v)
	if v.Resolved() { // a column that its tables got later is not of the view
		r := item.(*subqueryItem).rel
		r.cols = slices.DeleteFunc(r.cols, func(c *relColumn) bool {
			return !slices.ContainsFunc(v.Columns, func(f value.Field) bool { return strings.EqualFold(f.Name, c.name) })
		})
	}
	return item, nil
}

// ResolveViews analyses the views of a catalog that nobody else sees yet: new
// ones to know their columns, and with all the others too, so that no change
// of the schema breaks them.
func ResolveViews(c *schema.Catalog, all bool) error {
	for _, v := range c.Views() {
		if v.Resolved() && !all {
			continue
		}
		cols, uses, err := analyzeView(c, v)
		switch {
		case err != nil && v.Resolved():
			return status.Errorf(codes.FailedPrecondition, "Cannot change the schema: view `%s` depends on it: %s", v.Name, status.Convert(err).Message())
		case err != nil:
			return status.Errorf(status.Code(err), "Error analyzing the definition of view `%s`: %s", v.Name, status.Convert(err).Message())
		case !v.Resolved():
			v.Columns, v.Uses = cols, uses
			continue
		}
		for _, was := range v.Columns {
			if !slices.ContainsFunc(cols, func(f value.Field) bool { return f.Name == was.Name && f.Type.Equal(was.Type) }) {
				return status.Errorf(codes.FailedPrecondition, "Cannot change the schema: column %s of view `%s` depends on it", was.Name, v.Name)
			}
		}
	}
	return nil
}

func analyzeView(c *schema.Catalog, v *schema.StoredView) ([]value.Field, []string, error) {
	a := newAnalyzer(c, "")
	a.openViews = []string{strings.ToLower(v.Name)}
	plan, err := a.query(nil, v.Query)
	if err != nil {
		return nil, nil, err
	}
	if len(a.order) > 0 {
		return nil, nil, a.invalid(v.Query.Pos(), "Query parameters cannot be used in a view: @%s", a.order[0].name)
	}
	if err := checkShape(plan.cols); err != nil {
		return nil, nil, err
	}
	cols := []value.Field{}
	for i, col := range plan.cols {
		if col.name == "" {
			return nil, nil, a.invalid(v.Query.Pos(), "CREATE VIEW columns must be named, but column %d has no name", i+1)
		}
		if slices.ContainsFunc(cols, func(f value.Field) bool { return strings.EqualFold(f.Name, col.name) }) {
			return nil, nil, a.invalid(v.Query.Pos(), "CREATE VIEW has columns with duplicate name %s", col.name)
		}
		cols = append(cols, value.Field{Name: col.name, Type: col.t})
	}
	return cols, a.uses, nil
}
