package server

import (
	"context"
	"sort"
	"strings"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	"github.com/cloudspannerecosystem/memefish"
	"github.com/cloudspannerecosystem/memefish/ast"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/kwipper/kwipper/emulators/spanner/internal/store"
)

// databaseAdmin implements the administration of databases. Its long-running
// operations are done when they are answered.
type databaseAdmin struct {
	databasepb.UnimplementedDatabaseAdminServer
	*Server
}

// CreateDatabase implements the service.
func (a *databaseAdmin) CreateDatabase(_ context.Context, req *databasepb.CreateDatabaseRequest) (*longrunningpb.Operation, error) {
	if req.DatabaseDialect == databasepb.DatabaseDialect_POSTGRESQL {
		return nil, unsupported("The PostgreSQL dialect")
	}
	if req.EncryptionConfig != nil {
		return nil, unsupported("CreateDatabase with encryption_config")
	}
	ddl, err := memefish.ParseDDL("", req.CreateStatement)
	create, ok := ddl.(*ast.CreateDatabase)
	if err != nil || !ok {
		return nil, invalid("Invalid create statement: %q. Expected CREATE DATABASE.", req.CreateStatement)
	}
	name := req.Parent + "/databases/" + create.Name.Name
	if err := a.CreateNewDatabase(name, req.ExtraStatements, req.ProtoDescriptors); err != nil {
		return nil, err
	}
	db, err := a.database(name)
	if err != nil {
		return nil, err
	}
	return a.operations.done(name, "", &databasepb.CreateDatabaseMetadata{Database: name}, db.proto(a.store.Latest()))
}

func (db *database) proto(now store.Timestamp) *databasepb.Database {
	earliest := max(db.created, db.earliest(now))
	return &databasepb.Database{
		Name: db.name, State: databasepb.Database_READY, CreateTime: timestamppb.New(db.created.Time()),
		VersionRetentionPeriod: db.retention(),
		EarliestVersionTime:    timestamppb.New(earliest.Time()), DatabaseDialect: databasepb.DatabaseDialect_GOOGLE_STANDARD_SQL,
	}
}

// GetDatabase implements the service.
func (a *databaseAdmin) GetDatabase(_ context.Context, req *databasepb.GetDatabaseRequest) (*databasepb.Database, error) {
	db, err := a.database(req.Name)
	if err != nil {
		return nil, err
	}
	return db.proto(a.store.Latest()), nil
}

// ListDatabases implements the service.
func (a *databaseAdmin) ListDatabases(_ context.Context, req *databasepb.ListDatabasesRequest) (*databasepb.ListDatabasesResponse, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.instances[req.Parent] == nil {
		return nil, notFound("Instance not found: %s", req.Parent)
	}
	resp := &databasepb.ListDatabasesResponse{}
	for name, db := range a.databases {
		if strings.HasPrefix(name, req.Parent+"/databases/") && name > req.PageToken {
			resp.Databases = append(resp.Databases, db.proto(a.store.Latest()))
		}
	}
	sort.Slice(resp.Databases, func(i, j int) bool { return resp.Databases[i].Name < resp.Databases[j].Name })
	if n := int(req.PageSize); n > 0 && len(resp.Databases) > n {
		resp.Databases = resp.Databases[:n]
		resp.NextPageToken = resp.Databases[n-1].Name
	}
	return resp, nil
}

// DropDatabase implements the service.
func (a *databaseAdmin) DropDatabase(_ context.Context, req *databasepb.DropDatabaseRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, a.RemoveDatabase(req.Database)
}

// GetDatabaseDdl implements the service.
func (a *databaseAdmin) GetDatabaseDdl(_ context.Context, req *databasepb.GetDatabaseDdlRequest) (*databasepb.GetDatabaseDdlResponse, error) {
	db, err := a.database(req.Database)
	if err != nil {
		return nil, err
	}
	catalog := db.layout().Catalog()
	return &databasepb.GetDatabaseDdlResponse{Statements: catalog.DDL(), ProtoDescriptors: catalog.ProtoDescriptors()}, nil
}

// UpdateDatabaseDdl implements the service. If the first statement fails, the call does;
// if a later one, the operation does, whose metadata tells which were applied.
func (a *databaseAdmin) UpdateDatabaseDdl(ctx context.Context, req *databasepb.UpdateDatabaseDdlRequest) (*longrunningpb.Operation, error) {
	if len(req.Statements) == 0 {
		return nil, invalid("UpdateDatabaseDdl needs statements.")
	}
	metadata := &databasepb.UpdateDatabaseDdlMetadata{Database: req.Database, Statements: req.Statements}
	operation, err := a.operations.begin(req.Database, req.OperationId, metadata)
	if err != nil {
		return nil, err
	}
	times, err := a.ChangeSchema(ctx, req.Database, req.Statements, req.ProtoDescriptors)
	if err != nil && len(times) == 0 {
		a.operations.drop(operation)
		return nil, err
	}
	for _, ts := range times {
		metadata.CommitTimestamps = append(metadata.CommitTimestamps, protoTime(ts))
	}
	return a.operations.end(operation, metadata, &emptypb.Empty{}, err)
}

func protoTime(ts store.Timestamp) *timestamppb.Timestamp { return timestamppb.New(ts.Time()) }
