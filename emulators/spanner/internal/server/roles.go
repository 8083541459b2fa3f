package server

import (
	"context"
	"slices"

	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
)

// systemRoles are the roles that every database has.
var systemRoles = []string{"public", "spanner_info_reader", "spanner_sys_reader"}

// ListDatabaseRoles implements the service. Roles are declared only: sessions
// with one are refused.
func (a *databaseAdmin) ListDatabaseRoles(_ context.Context, req *databasepb.ListDatabaseRolesRequest) (*databasepb.ListDatabaseRolesResponse, error) {
	db, err := a.database(req.Parent)
	if err != nil {
		return nil, err
	}
	names := append(db.layout().Catalog().Roles(), systemRoles...)
	slices.Sort(names)
	resp := &databasepb.ListDatabaseRolesResponse{}
	for _, role := range names {
		name := req.Parent + "/databaseRoles/" + role
		if name <= req.PageToken {
			continue
		}
		if req.PageSize > 0 && len(resp.DatabaseRoles) == int(req.PageSize) {
			resp.NextPageToken = resp.DatabaseRoles[len(resp.DatabaseRoles)-1].Name
			break
		}
		resp.DatabaseRoles = append(resp.DatabaseRoles, &databasepb.DatabaseRole{Name: name})
	}
	return resp, nil
}
