package functiontesting

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"cloud.google.com/go/spanner"
	databaseadmin "cloud.google.com/go/spanner/admin/database/apiv1"
	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	instanceadmin "cloud.google.com/go/spanner/admin/instance/apiv1"
	"cloud.google.com/go/spanner/admin/instance/apiv1/instancepb"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
)

var (
	mu        sync.Mutex
	databases = map[string]*spanner.Client{}
)

// Database makes the database of a service once in the process, under the name that its
// functions open, and returns a client of it. It sets KWIPPER_INSTANCE, for good: functions
// keep their clients beyond one test.
func Database(t testing.TB, name string, ddl []string) *spanner.Client {
	t.Helper()
	mu.Lock()
	defer mu.Unlock()
	if client, ok := databases[name]; ok {
		return client
	}
	spannertesting.NewDatabaseName(t) // starts the emulator
	instance := fmt.Sprintf("projects/testing/instances/functions-%d", os.Getpid())
	ctx := context.Background()
	require.NoError(t, createInstance(ctx, instance))
	require.NoError(t, createDatabase(ctx, instance, name, ddl))
	require.NoError(t, os.Setenv("KWIPPER_INSTANCE", instance))
	client, err := spanner.NewClientWithConfig(ctx, instance+"/databases/"+name, spanner.ClientConfig{DisableNativeMetrics: true})
	require.NoError(t, err)
	databases[name] = client
	return client
}

func createInstance(ctx context.Context, name string) error {
	client, err := instanceadmin.NewInstanceAdminClient(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }() // it has done its work
	parent, id, _ := strings.Cut(name, "/instances/")
	op, err := client.CreateInstance(ctx, &instancepb.CreateInstanceRequest{
		Parent: parent, InstanceId: id,
		Instance: &instancepb.Instance{Config: parent + "/instanceConfigs/emulator-config", DisplayName: id, NodeCount: 1},
	})
	if err == nil {
		_, err = op.Wait(ctx)
	}
	if status.Code(err) == codes.AlreadyExists {
		return nil
	}
	return err
}

func createDatabase(ctx context.Context, instance, name string, ddl []string) error {
	client, err := databaseadmin.NewDatabaseAdminClient(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }() // it has done its work
	op, err := client.CreateDatabase(ctx, &databasepb.CreateDatabaseRequest{
		Parent: instance, CreateStatement: "CREATE DATABASE `" + name + "`", ExtraStatements: ddl,
	})
	if err != nil {
		return err
	}
	_, err = op.Wait(ctx)
	return err
}
