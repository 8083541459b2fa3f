package schema

import (
	"slices"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"
)

// Privilege is what a role may do with a table, or with a sequence.
type Privilege int

// The privileges.
const (
	Select Privilege = iota
	Insert
	Update
	Delete
	privileges // how many there are
)

var privilegeNames = [privileges]string{"SELECT", "INSERT", "UPDATE", "DELETE"}

// String returns the word for it in GRANT.
func (p Privilege) String() string { return privilegeNames[p] }

// The roles that every database has.
const (
	RolePublic     = "public"              // every role is a member
	roleInfoReader = "spanner_info_reader" // sees all of INFORMATION_SCHEMA
	roleSysReader  = "spanner_sys_reader"  // reads SPANNER_SYS
)

// maxRoles is how many roles can be created in a database.
const maxRoles = 100

// Role is a database role.
type Role struct {
	Name   string
	System bool
	Member []string // roles it is a member of, whose privileges it has too

	grants map[uint32]*[privileges]grant // by number of the table or sequence
}

// grant is how far a privilege on a table reaches.
type grant struct {
	whole   bool            // every column, those added later too
	columns map[uint32]bool // by number of the column
}

func (g grant) none() bool { return !g.whole && len(g.columns) == 0 }

func systemRoles() []*Role {
	var out []*Role
	for _, name := range []string{RolePublic, roleInfoReader, roleSysReader} {
		out = append(out, &Role{Name: name, System: true})
	}
	return out
}

func (r *Role) clone() *Role {
	out := &Role{Name: r.Name, System: r.System, Member: slices.Clone(r.Member), grants: map[uint32]*[privileges]grant{}}
	for id, of := range r.grants {
		cp := *of
		for i, g := range cp {
			cp[i].columns = map[uint32]bool{}
			for column := range g.columns {
				cp[i].columns[column] = true
			}
		}
		out.grants[id] = &cp
	}
	return out
}

// Granted tells whether the role was granted a privilege on a whole table or
// sequence, and on which columns of it.
func (r *Role) Granted(p Privilege, object uint32) (whole bool, columns map[uint32]bool) {
	if of := r.grants[object]; of != nil {
		return of[p].whole, of[p].columns
	}
	return false, nil
}

// Roles lists the roles: those of every database, then those created.
func (c *Catalog) Roles() []*Role { return c.roles }

// Role finds a role by name.
func (c *Catalog) Role(name string) (*Role, bool) {
	for _, r := range c.roles {
		if strings.EqualFold(r.Name, name) {
			return r, true
		}
	}
	return nil, false
}

// Access is all that a role may do: by its own privileges, by those of the roles
// it is a member of, and by those of public.
type Access struct {
	Role  string
	roles []*Role
}

// Access returns what a role may do; false if there is no such role.
func (c *Catalog) Access(role string) (*Access, bool) {
	r, ok := c.Role(role)
	if !ok {
		return nil, false
	}
	x := &Access{Role: r.Name}
	x.add(c, r.Name)
	x.add(c, RolePublic)
	return x, true
}

func (x *Access) add(c *Catalog, name string) {
	r, ok := c.Role(name)
	if !ok || slices.Contains(x.roles, r) {
		return
	}
	x.roles = append(x.roles, r)
	for _, member := range r.Member {
		x.add(c, member)
	}
}

// Allows says whether the role has the privilege on a column, by their numbers.
func (x *Access) Allows(p Privilege, table, column uint32) bool {
	return slices.ContainsFunc(x.roles, func(r *Role) bool {
		whole, columns := r.Granted(p, table)
		return whole || columns[column]
	})
}

// AllowsWhole says whether the role has the privilege on a whole table or sequence.
func (x *Access) AllowsWhole(p Privilege, object uint32) bool {
	return slices.ContainsFunc(x.roles, func(r *Role) bool {
		whole, _ := r.Granted(p, object)
		return whole
	})
}

// AllowsSome says whether the role has the privilege on at least one column.
func (x *Access) AllowsSome(p Privilege, object uint32) bool {
	return slices.ContainsFunc(x.roles, func(r *Role) bool {
		of := r.grants[object]
		return of != nil && !of[p].none()
	})
}

// Sees says whether the role has any privilege on a table or sequence. What it
// does not see is not in its INFORMATION_SCHEMA. Without a role all is seen.
func (x *Access) Sees(object uint32) bool {
	if x.seesAll() {
		return true
	}
	for p := range privileges {
		if x.AllowsSome(p, object) {
			return true
		}
	}
	return false
}

// SeesColumn is the same for a column.
func (x *Access) SeesColumn(table, column uint32) bool {
	if x.seesAll() {
		return true
	}
	for p := range privileges {
		if x.Allows(p, table, column) {
			return true
		}
	}
	return false
}

// SeesRole says whether the role is, or is a member of, the named one.
func (x *Access) SeesRole(name string) bool { return x.seesAll() || x.is(name) }

func (x *Access) seesAll() bool { return x == nil || x.is(roleInfoReader) }

func (x *Access) is(name string) bool {
	return slices.ContainsFunc(x.roles, func(r *Role) bool { return strings.EqualFold(r.Name, name) })
}

func (b *builder) createRole(s *ast.CreateRole) error {
	name := s.Name.Name
	if err := checkName("Role", name); err != nil {
		return err
	}
	if _, exists := b.Role(name); exists {
		return duplicate("Duplicate name in schema: %s.", name)
	}
	if len(b.roles) >= maxRoles+len(systemRoles()) {
		return failed("Cannot create role %s: a database has at most %d roles.", name, maxRoles)
	}
	b.roles = append(b.roles, &Role{Name: name, grants: map[uint32]*[privileges]grant{}})
	return nil
}

// dropRole drops a role without privileges. It ceases to be a member of others,
// and others of it.
func (b *builder) dropRole(s *ast.DropRole) error {
	r, err := b.mustRole(s.Name)
	if err != nil {
		return err
	}
	if r.System {
		return invalid("Cannot drop system role %s.", r.Name)
	}
	if len(r.grants) > 0 {
		return failed("Cannot drop role %s: revoke its privileges first.", r.Name)
	}
	b.roles = slices.DeleteFunc(b.roles, func(other *Role) bool { return other == r })
	for _, other := range b.roles {
		other.leave(r.Name)
	}
	return nil
}

func (r *Role) leave(name string) {
	r.Member = slices.DeleteFunc(r.Member, func(n string) bool { return strings.EqualFold(n, name) })
}

func (b *builder) mustRole(id *ast.Ident) (*Role, error) {
	r, ok := b.Role(id.Name)
	if !ok {
		return nil, notFound("Role not found: %s.", id.Name)
	}
	return r, nil
}

// dropGrants forgets the privileges on a table or sequence that is dropped.
func (b *builder) dropGrants(object uint32) {
	for _, r := range b.roles {
		delete(r.grants, object)
	}
}

// grantedOn names a role that has a privilege on the column itself.
func (b *builder) grantedOn(table, column uint32) string {
	for _, r := range b.roles {
		for p := range privileges {
			if _, columns := r.Granted(p, table); columns[column] {
				return r.Name
			}
		}
	}
	return ""
}

// Whole returns the catalog itself.
func (c *Catalog) Whole() *Catalog { return c }

// Viewer returns nil: who has no role sees all.
func (c *Catalog) Viewer() *Access { return nil }

// View is a catalog as a role sees it. Views are equal if they show the same.
type View struct {
	*Catalog
	Role string
}

// Viewer returns what the role may do; nothing if there is no such role.
func (v View) Viewer() *Access {
	x, ok := v.Access(v.Role)
	if !ok {
		x = &Access{Role: v.Role}
	}
	return x
}
