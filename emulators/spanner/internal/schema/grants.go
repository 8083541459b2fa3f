package schema

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"
)

// grantTo carries out GRANT, or REVOKE, for each of the roles.
func (b *builder) grantTo(privilege ast.Privilege, roles []*ast.Ident, give bool) error {
	for _, id := range roles {
		r, err := b.mustRole(id)
		if err != nil {
			return err
		}
		switch p := privilege.(type) {
		case *ast.RolePrivilege:
			err = b.grantRoles(r, p.Names, give)
		case *ast.PrivilegeOnTable:
			err = b.grantTables(r, p, give)
		case *ast.PrivilegeOnSequence:
			err = b.grantSequences(r, p, give)
		case *ast.SelectPrivilegeOnView:
			err = b.grantViews(r, p, give)
		default:
			word, _, _ := strings.Cut(privilege.SQL(), ",")
			err = unsupported("Granting " + word)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// grantRoles makes a role a member of others.
func (b *builder) grantRoles(r *Role, names []*ast.Ident, give bool) error {
	if r.System {
		return invalid("System role %s cannot be a member of other roles.", r.Name)
	}
	for _, id := range names {
		of, err := b.mustRole(id)
		if err != nil {
			return err
		}
		if of.Name == RolePublic {
			return invalid("Membership in role %s cannot be granted or revoked: every role has it.", of.Name)
		}
		if !give {
			r.leave(of.Name)
			continue
		}
		if access, _ := b.Access(of.Name); access.is(r.Name) {
			return invalid("Role %s cannot be a member of role %s, which is a member of it.", r.Name, of.Name)
		}
		if !slices.Contains(r.Member, of.Name) {
			r.Member = append(r.Member, of.Name)
		}
	}
	return nil
}

func (r *Role) mayHold() error {
	if r.System && r.Name != RolePublic {
		return invalid("Privileges cannot be granted to system role %s.", r.Name)
	}
	return nil
}

func (b *builder) grantTables(r *Role, on *ast.PrivilegeOnTable, give bool) error {
	if err := r.mayHold(); err != nil {
		return err
	}
	for _, path := range on.Names {
		t, err := b.mustTable(path)
		if err != nil {
			return err
		}
		for _, p := range on.Privileges {
			kind, names := tablePrivilege(p)
			columns, err := t.numbers(names)
			if err != nil {
				return err
			}
			r.change(t.ID, kind, columns, give)
		}
	}
	return nil
}

func tablePrivilege(p ast.TablePrivilege) (Privilege, []*ast.Ident) {
	switch p := p.(type) {
	case *ast.SelectPrivilege:
		return Select, p.Columns
	case *ast.InsertPrivilege:
		return Insert, p.Columns
	case *ast.UpdatePrivilege:
		return Update, p.Columns
	}
	return Delete, nil
}

func (t *Table) numbers(names []*ast.Ident) ([]uint32, error) {
	var out []uint32
	for _, id := range names {
		col, ok := t.Column(id.Name)
		if !ok {
			return nil, notFound("Column not found in table %s: %s", t.Name, id.Name)
		}
		out = append(out, col.ID)
	}
	return out, nil
}

func (b *builder) grantSequences(r *Role, on *ast.PrivilegeOnSequence, give bool) error {
	if err := r.mayHold(); err != nil {
		return err
	}
	for _, path := range on.Names {
		q, err := b.mustSequence(path)
		if err != nil {
			return err
		}
		for _, p := range on.Privileges {
			kind, _ := tablePrivilege(p)
			r.change(q.ID, kind, nil, give)
		}
	}
	return nil
}

// change grants or revokes a privilege on columns, or on the whole if there are
// none. Revoked on the whole, it is gone from every column; revoked on a column,
// it stays if it is held on the whole.
func (r *Role) change(object uint32, p Privilege, columns []uint32, give bool) {
	of := r.grants[object]
	if of == nil {
		of = &[privileges]grant{}
	}
	g := &of[p]
	if g.columns == nil || !give && len(columns) == 0 {
		g.columns = map[uint32]bool{}
	}
	if len(columns) == 0 {
		g.whole = give
	}
	for _, column := range columns {
		if give {
			g.columns[column] = true
		} else {
			delete(g.columns, column)
		}
	}
	if r.grants == nil {
		r.grants = map[uint32]*[privileges]grant{}
	}
	r.grants[object] = of
	if !slices.ContainsFunc(of[:], func(g grant) bool { return !g.none() }) {
		delete(r.grants, object)
	}
}

// rolesDDL declares the roles, and what they are members of.
func (c *Catalog) rolesDDL() (roles, members []string) {
	for _, r := range c.roles {
		if !r.System {
			roles = append(roles, "CREATE ROLE "+quote(r.Name))
		}
		for _, of := range r.Member {
			members = append(members, fmt.Sprintf("GRANT ROLE %s TO ROLE %s", quote(of), quote(r.Name)))
		}
	}
	return roles, members
}

// grantsDDL declares the privileges of the roles.
func (c *Catalog) grantsDDL() []string {
	var out []string
	for _, r := range c.roles {
		for _, name := range c.order {
			if t, ok := c.tables[name]; ok {
				if list := r.listDDL(t.ID, t); list != "" {
					out = append(out, fmt.Sprintf("GRANT %s ON TABLE %s TO ROLE %s", list, quote(t.Name), quote(r.Name)))
				}
			}
			if v, ok := c.views[name]; ok && r.listDDL(v.ID, nil) != "" {
				out = append(out, fmt.Sprintf("GRANT SELECT ON VIEW %s TO ROLE %s", quote(v.Name), quote(r.Name)))
			}
			if q, ok := c.sequences[name]; ok {
				if list := r.listDDL(q.ID, nil); list != "" {
					out = append(out, fmt.Sprintf("GRANT %s ON SEQUENCE %s TO ROLE %s", list, quote(q.Name), quote(r.Name)))
				}
			}
		}
	}
	return out
}

func (r *Role) listDDL(object uint32, t *Table) string {
	var list []string
	for p := range privileges {
		whole, columns := r.Granted(p, object)
		if whole {
			list = append(list, p.String())
		}
		if len(columns) == 0 || t == nil {
			continue
		}
		var names []string
		for _, col := range t.Columns {
			if columns[col.ID] {
				names = append(names, quote(col.Name))
			}
		}
		list = append(list, fmt.Sprintf("%s(%s)", p, strings.Join(names, ", ")))
	}
	return strings.Join(list, ", ")
}
