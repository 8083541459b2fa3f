package spanner_test

import (
	"context"
	"testing"

	databaseadmin "cloud.google.com/go/spanner/admin/database/apiv1"
	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/types/descriptorpb"

	emulator "github.com/kwipper/kwipper/emulators/spanner"
)

// TestProtoTypesSurviveRestart declares types with a database and with a
// change of its schema, and finds both after a restart.
func TestProtoTypesSurviveRestart(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	start := func() (*emulator.Server, *databaseadmin.DatabaseAdminClient) {
		server, err := emulator.Start(ctx, emulator.Options{DataDir: dir})
		require.NoError(t, err)
		admin, err := databaseadmin.NewDatabaseAdminClient(ctx, option.WithEndpoint(server.Addr()), option.WithoutAuthentication(),
			option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, admin.Close()) })
		return server, admin
	}
	file := protodesc.ToFileDescriptorProto(descriptorpb.File_google_protobuf_descriptor_proto)
	descriptors, err := proto.Marshal(&descriptorpb.FileDescriptorSet{File: []*descriptorpb.FileDescriptorProto{file}})
	require.NoError(t, err)

	server, admin := start()
	const parent, name = "projects/p/instances/main", "projects/p/instances/main/databases/protos"
	require.NoError(t, server.CreateDatabase(ctx, parent+"/databases/other"))
	op, err := admin.CreateDatabase(ctx, &databasepb.CreateDatabaseRequest{
		Parent: parent, CreateStatement: "CREATE DATABASE protos", ProtoDescriptors: descriptors,
		ExtraStatements: []string{
			"CREATE PROTO BUNDLE (google.protobuf.FileDescriptorProto)",
			"CREATE TABLE Files (Id INT64 NOT NULL, F google.protobuf.FileDescriptorProto) PRIMARY KEY (Id)",
		},
	})
	require.NoError(t, err)
	_, err = op.Wait(ctx)
	require.NoError(t, err)
	change, err := admin.UpdateDatabaseDdl(ctx, &databasepb.UpdateDatabaseDdlRequest{
		Database: name, ProtoDescriptors: descriptors,
		Statements: []string{"ALTER PROTO BUNDLE INSERT (google.protobuf.FieldDescriptorProto.Type)"},
	})
	require.NoError(t, err)
	require.NoError(t, change.Wait(ctx))
	before, err := admin.GetDatabaseDdl(ctx, &databasepb.GetDatabaseDdlRequest{Database: name})
	require.NoError(t, err)
	assert.Equal(t, "CREATE PROTO BUNDLE (\n  google.protobuf.FileDescriptorProto,\n  google.protobuf.FieldDescriptorProto.Type,\n)", before.Statements[0])
	set := &descriptorpb.FileDescriptorSet{}
	require.NoError(t, proto.Unmarshal(before.ProtoDescriptors, set))
	require.Len(t, set.File, 1)
	assert.True(t, proto.Equal(file, set.File[0]))

	require.NoError(t, server.Close())
	server, admin = start()
	defer func() { assert.NoError(t, server.Close()) }()
	after, err := admin.GetDatabaseDdl(ctx, &databasepb.GetDatabaseDdlRequest{Database: name})
	require.NoError(t, err)
	assert.True(t, proto.Equal(before, after))
}
