package schema

import (
	"slices"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// StoredView is what CREATE VIEW declares. It does not change once its columns
// are known.
type StoredView struct {
	ID      uint32
	Name    string
	Invoker bool // SQL SECURITY INVOKER, rather than DEFINER
	Query   ast.QueryExpr

	// What the analysis of the query found, when the view was made.
	Columns []value.Field
	Uses    []string // tables and views
}

// Resolved says whether the query was analysed.
func (v *StoredView) Resolved() bool { return v.Columns != nil }

// View finds a view by name.
func (c *Catalog) View(name string) (*StoredView, bool) {
	v, ok := c.views[strings.ToLower(name)]
	return v, ok
}

// Views lists the views, each after those that it uses.
func (c *Catalog) Views() []*StoredView {
	var out []*StoredView
	done := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		key := strings.ToLower(name)
		v, ok := c.views[key]
		if !ok || done[key] {
			return
		}
		done[key] = true
		for _, used := range v.Uses {
			visit(used)
		}
		out = append(out, v)
	}
	for _, name := range c.order {
		visit(name)
	}
	return out
}

func (v *StoredView) ddl() string {
	return "CREATE VIEW " + quote(v.Name) + " SQL SECURITY " + v.Security() + " AS " + v.Query.SQL()
}

// Security returns INVOKER or DEFINER.
func (v *StoredView) Security() string {
	if v.Invoker {
		return string(ast.SecurityTypeInvoker)
	}
	return string(ast.SecurityTypeDefiner)
}

func (b *builder) createView(s *ast.CreateView) error {
	name, err := pathName(s.Name)
	if err != nil {
		return err
	}
	if err := checkName("View", name); err != nil {
		return err
	}
	v := &StoredView{Name: name, Invoker: s.SecurityType == ast.SecurityTypeInvoker, Query: s.Query}
	key := strings.ToLower(name)
	if old, exists := b.views[key]; exists && s.OrReplace {
		v.ID, v.Name = old.ID, old.Name
		b.views[key] = v
		return nil
	}
	if err := b.taken(name); err != nil {
		return err
	}
	v.ID = b.newID()
	b.views[key] = v
	b.order = append(b.order, key)
	return nil
}

func (b *builder) dropView(s *ast.DropView) error {
	name, err := pathName(s.Name)
	if err != nil {
		return err
	}
	v, ok := b.View(name)
	if !ok {
		if s.IfExists {
			return nil
		}
		return notFound("View not found: %s", name)
	}
	if users := b.viewsOn(v.Name); len(users) > 0 {
		return failed("Cannot drop VIEW `%s` on which there are dependent views: %s.", v.Name, strings.Join(users, ", "))
	}
	b.forget(v.Name)
	b.dropGrants(v.ID)
	return nil
}

// viewsOn names the views that use a table or view.
func (b *builder) viewsOn(name string) []string {
	var out []string
	for _, v := range b.Views() {
		if slices.ContainsFunc(v.Uses, func(used string) bool { return strings.EqualFold(used, name) }) {
			out = append(out, v.Name)
		}
	}
	return out
}

func (b *builder) grantViews(r *Role, on *ast.SelectPrivilegeOnView, give bool) error {
	if err := r.mayHold(); err != nil {
		return err
	}
	for _, path := range on.Names {
		name, err := pathName(path)
		if err != nil {
			return err
		}
		v, ok := b.View(name)
		if !ok {
			return notFound("View not found: %s", name)
		}
		r.change(v.ID, Select, nil, give)
	}
	return nil
}
