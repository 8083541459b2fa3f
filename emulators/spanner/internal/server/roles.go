package server

import (
	"context"
	"slices"

	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
)

// ListDatabaseRoles implements the service.
func (a *databaseAdmin) ListDatabaseRoles(_ context.Context, req *databasepb.ListDatabaseRolesRequest) (*databasepb.ListDatabaseRolesResponse, error) {
	db, err := a.database(req.Parent)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, role := range db.layout().Catalog().Roles() {
		names = append(names, role.Name)
	}
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
