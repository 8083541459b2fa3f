// Package spannertesting gives tests Spanner databases of their own.
//
// The first database of a test process starts an emulator in memory, which all
// its tests share. With SPANNER_EMULATOR_HOST set, another emulator is used.
package spannertesting

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

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

	emulator "github.com/kwipper/kwipper/emulators/spanner"
)

// hostVariable is how clients learn of an emulator.
const hostVariable = "SPANNER_EMULATOR_HOST"

const instance = "projects/testing/instances/testing"

// backend makes and drops databases.
type backend interface {
	CreateDatabase(ctx context.Context, name string, ddl ...string) error
	DropDatabase(ctx context.Context, name string) error
}

var shared struct {
	once    sync.Once
	backend backend
	err     error
	count   atomic.Int64
}

// NewDatabase returns a client of a new database with the schema that the DDL
// statements declare. Both are gone when the test ends. In the emulator started
// here, statements that would scan a whole table fail.
func NewDatabase(t testing.TB, ddl ...string) *spanner.Client {
	t.Helper()
	ctx := context.Background()
	client, err := spanner.NewClientWithConfig(ctx, NewDatabaseName(t, ddl...), spanner.ClientConfig{
		DisableNativeMetrics: true,
	})
	if err != nil {
		t.Fatalf("connect to test database: %v", err)
	}
	t.Cleanup(client.Close)
	return client
}

// NewDatabaseName does as NewDatabase but leaves connecting to the caller: it
// returns the name projects/P/instances/I/databases/D.
func NewDatabaseName(t testing.TB, ddl ...string) string {
	t.Helper()
	shared.once.Do(func() { shared.backend, shared.err = start() })
	if shared.err != nil {
		t.Fatalf("start Spanner emulator: %v", shared.err)
	}
	ctx := context.Background()
	name := fmt.Sprintf("%s/databases/t%d-%d", instance, os.Getpid(), shared.count.Add(1))
	if err := shared.backend.CreateDatabase(ctx, name, ddl...); err != nil {
		t.Fatalf("create test database: %v", err)
	}
	t.Cleanup(func() {
		if err := shared.backend.DropDatabase(ctx, name); err != nil {
			t.Errorf("drop test database: %v", err)
		}
	})
	return name
}

// start connects to the emulator that the environment names, or starts one and
// lets the environment name it.
func start() (backend, error) {
	ctx := context.Background()
	if host := os.Getenv(hostVariable); host != "" {
		return connect(ctx, host)
	}
	server, err := emulator.Start(ctx, emulator.Options{RejectFullScans: true})
	if err != nil {
		return nil, err
	}
	return server, os.Setenv(hostVariable, server.Addr())
}

// remote is an emulator outside of the process.
type remote struct {
	databases *databaseadmin.DatabaseAdminClient
}

func connect(ctx context.Context, host string) (backend, error) {
	options := []option.ClientOption{
		option.WithEndpoint(host), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
	}
	instances, err := instanceadmin.NewInstanceAdminClient(ctx, options...)
	if err != nil {
		return nil, err
	}
	op, err := instances.CreateInstance(ctx, &instancepb.CreateInstanceRequest{
		Parent: "projects/testing", InstanceId: "testing",
		Instance: &instancepb.Instance{Config: "projects/testing/instanceConfigs/emulator-config", DisplayName: "testing", NodeCount: 1},
	})
	if err == nil {
		_, err = op.Wait(ctx)
	}
	if err != nil && status.Code(err) != codes.AlreadyExists {
		return nil, err
	}
	databases, err := databaseadmin.NewDatabaseAdminClient(ctx, options...)
	return &remote{databases: databases}, err
}

func (r *remote) CreateDatabase(ctx context.Context, name string, ddl ...string) error {
	parent, id, _ := strings.Cut(name, "/databases/")
	op, err := r.databases.CreateDatabase(ctx, &databasepb.CreateDatabaseRequest{
		Parent: parent, CreateStatement: "CREATE DATABASE `" + id + "`", ExtraStatements: ddl,
	})
	if err != nil {
		return err
	}
	_, err = op.Wait(ctx)
	return err
}

func (r *remote) DropDatabase(ctx context.Context, name string) error {
	return r.databases.DropDatabase(ctx, &databasepb.DropDatabaseRequest{Database: name})
}
