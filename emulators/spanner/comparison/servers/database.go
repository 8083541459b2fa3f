package servers

import (
	"context"
	"fmt"

	"cloud.google.com/go/spanner"
	databaseadmin "cloud.google.com/go/spanner/admin/database/apiv1"
	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	instanceadmin "cloud.google.com/go/spanner/admin/instance/apiv1"
	"cloud.google.com/go/spanner/admin/instance/apiv1/instancepb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// Instance is that of all databases.
const Instance = "projects/comparison/instances/comparison"

// Options let a client of the API find the process.
func (p *Process) Options() []option.ClientOption {
	return []option.ClientOption{
		option.WithEndpoint(p.Host), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
	}
}

// Admin returns a client that administers databases.
func (p *Process) Admin(ctx context.Context) (*databaseadmin.DatabaseAdminClient, error) {
	return databaseadmin.NewDatabaseAdminClient(ctx, p.Options()...)
}

// CreateInstance makes the instance of all databases, where the emulator knows instances.
func (p *Process) CreateInstance(ctx context.Context) error {
	if p.Name == Spannertest {
		return nil
	}
	instances, err := instanceadmin.NewInstanceAdminClient(ctx, p.Options()...)
	if err != nil {
		return err
	}
	defer instances.Close()
	op, err := instances.CreateInstance(ctx, &instancepb.CreateInstanceRequest{
		Parent: "projects/comparison", InstanceId: "comparison",
		Instance: &instancepb.Instance{Config: "projects/comparison/instanceConfigs/emulator-config", DisplayName: "comparison", NodeCount: 1},
	})
	if code := status.Code(err); code == codes.Unimplemented || code == codes.AlreadyExists {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = op.Wait(ctx)
	return err
}

// CreateDatabase makes a database. Spannertest has only one and crashes when
// asked for another, so it gets the statements in that.
func (p *Process) CreateDatabase(ctx context.Context, admin *databaseadmin.DatabaseAdminClient, id string, ddl ...string) (name string, err error) {
	name = Instance + "/databases/" + id
	if p.Name == Spannertest {
		return name, UpdateDatabase(ctx, admin, name, ddl...)
	}
	op, err := admin.CreateDatabase(ctx, &databasepb.CreateDatabaseRequest{
		Parent: Instance, CreateStatement: "CREATE DATABASE `" + id + "`", ExtraStatements: ddl,
	})
	if err == nil {
		_, err = op.Wait(ctx)
	}
	if err != nil {
		return "", fmt.Errorf("create database: %w", err)
	}
	return name, nil
}

// UpdateDatabase changes the schema of a database.
func UpdateDatabase(ctx context.Context, admin *databaseadmin.DatabaseAdminClient, name string, ddl ...string) error {
	if len(ddl) == 0 {
		return nil
	}
	op, err := admin.UpdateDatabaseDdl(ctx, &databasepb.UpdateDatabaseDdlRequest{Database: name, Statements: ddl})
	if err != nil {
		return err
	}
	return op.Wait(ctx)
}

// Connect returns a client of a database.
func (p *Process) Connect(ctx context.Context, name string) (*spanner.Client, error) {
	return spanner.NewClientWithConfig(ctx, name, spanner.ClientConfig{DisableNativeMetrics: true}, p.Options()...)
}

// Open makes a database in a new process, and a client of it.
func (p *Process) Open(ctx context.Context, id string, ddl ...string) (*spanner.Client, error) {
	if err := p.CreateInstance(ctx); err != nil {
		return nil, err
	}
	admin, err := p.Admin(ctx)
	if err != nil {
		return nil, err
	}
	defer admin.Close()
	name, err := p.CreateDatabase(ctx, admin, id, ddl...)
	if err != nil {
		return nil, err
	}
	return p.Connect(ctx, name)
}
