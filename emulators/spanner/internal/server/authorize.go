package server

import (
	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/spanner/internal/query"
	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
)

func denied(format string, args ...any) error {
	return status.Errorf(codes.PermissionDenied, format, args...)
}

// access returns what the session's role may do by now; nil without a role, who
// may do everything.
func (x *session) access() (*schema.Access, error) {
	if x.role == "" {
		return nil, nil
	}
	return x.database.accessOf(x.role)
}

func (db *database) accessOf(role string) (*schema.Access, error) {
	access, ok := db.layout().Catalog().Access(role)
	if !ok {
		return nil, denied("Role not found: %s.", role)
	}
	return access, nil
}

// prepare analyses a statement over a catalog as the session's role sees it, and
// checks that the role may run it.
func (s *Server) prepare(sess *session, catalog *schema.Catalog, sql string, types map[string]*spannerpb.Type) (*query.Statement, error) {
	access, err := sess.access()
	if err != nil {
		return nil, err
	}
	if access == nil {
		return s.prepared.Prepare(catalog, sql, types)
	}
	stmt, err := s.prepared.Prepare(schema.View{Catalog: catalog, Role: sess.role}, sql, types)
	if err != nil {
		return nil, err
	}
	for _, need := range stmt.Needs() {
		if err := checkNeed(access, need); err != nil {
			return nil, err
		}
	}
	return stmt, nil
}

func checkNeed(access *schema.Access, need query.Need) error {
	if q := need.Sequence; q != nil {
		if !access.AllowsWhole(need.Privilege, q.ID) {
			return denied("Role %s does not have required privileges on sequence %s.", access.Role, q.Name)
		}
		return nil
	}
	if v := need.View; v != nil {
		if !access.AllowsWhole(need.Privilege, v.ID) {
			return denied("Role %s does not have required privileges on view %s.", access.Role, v.Name)
		}
		return nil
	}
	return checkColumns(access, need.Privilege, need.Table, need.Columns)
}

// checkColumns checks a privilege on columns. Without any it is the whole table
// that counts, or for SELECT, as of COUNT(*), any of its columns.
func checkColumns(access *schema.Access, p schema.Privilege, t *schema.Table, columns []*schema.Column) error {
	ok := len(columns) > 0 || access.AllowsWhole(p, t.ID) || p == schema.Select && access.AllowsSome(p, t.ID)
	for _, col := range columns {
		ok = ok && access.Allows(p, t.ID, col.ID)
	}
	if !ok {
		return denied("Role %s does not have required privileges on table %s.", access.Role, t.Name)
	}
	return nil
}

// mayRead checks a read by key or index, whose columns are there.
func (x *session) mayRead(t *schema.Table, ordinals []int) error {
	access, err := x.access()
	if access == nil || err != nil {
		return err
	}
	columns := make([]*schema.Column, len(ordinals))
	for i, ordinal := range ordinals {
		columns[i] = t.Columns[ordinal]
	}
	return checkColumns(access, schema.Select, t, columns)
}

// mayMutate checks the mutations of a commit. Tables and columns that are not
// there are for who applies them to refuse.
func (x *session) mayMutate(catalog *schema.Catalog, mutations []*spannerpb.Mutation) error {
	access, err := x.access()
	if access == nil || err != nil {
		return err
	}
	for _, m := range mutations {
		write, privileges := mutationOf(m)
		t, ok := catalog.Table(write.GetTable())
		if !ok {
			continue
		}
		var columns []*schema.Column
		for _, name := range write.GetColumns() {
			if col, ok := t.Column(name); ok {
				columns = append(columns, col)
			}
		}
		for _, p := range privileges {
			on := columns
			if p == schema.Delete {
				on = nil
			}
			if err := checkColumns(access, p, t, on); err != nil {
				return err
			}
		}
	}
	return nil
}

// mutationOf returns what a mutation writes, and the privileges that it needs.
func mutationOf(m *spannerpb.Mutation) (*spannerpb.Mutation_Write, []schema.Privilege) {
	switch op := m.GetOperation().(type) {
	case *spannerpb.Mutation_Insert:
		return op.Insert, []schema.Privilege{schema.Insert}
	case *spannerpb.Mutation_Update:
		return op.Update, []schema.Privilege{schema.Update}
	case *spannerpb.Mutation_InsertOrUpdate:
		return op.InsertOrUpdate, []schema.Privilege{schema.Insert, schema.Update}
	case *spannerpb.Mutation_Replace:
		return op.Replace, []schema.Privilege{schema.Delete, schema.Insert}
	case *spannerpb.Mutation_Delete_:
		return &spannerpb.Mutation_Write{Table: op.Delete.GetTable()}, []schema.Privilege{schema.Delete}
	}
	return nil, nil
}
