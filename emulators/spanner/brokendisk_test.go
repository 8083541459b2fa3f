package spanner_test

import (
	"context"
	"testing"
	"time"

	database "cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"
)

// TestBrokenDiskIsAnswered makes the calls of a client that sets no deadline
// and tries nothing again: while the disk is broken each is answered all the
// same, with what was read or UNAVAILABLE, and the emulator can be closed.
func TestBrokenDiskIsAnswered(t *testing.T) {
	e := newDiskEmulator(t, 0)
	conn, err := grpc.NewClient(e.server.Addr(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	defer func() { assert.NoError(t, conn.Close()) }()
	api, admin := spannerpb.NewSpannerClient(conn), database.NewDatabaseAdminClient(conn)
	session, err := api.CreateSession(t.Context(), &spannerpb.CreateSessionRequest{Database: crashDatabase})
	require.NoError(t, err)
	begin := &spannerpb.BeginTransactionRequest{Session: session.Name, Options: readWrite}
	open, err := api.BeginTransaction(t.Context(), begin)
	require.NoError(t, err)
	inOpen := &spannerpb.TransactionSelector{Selector: &spannerpb.TransactionSelector_Id{Id: open.Id}}
	dml := &spannerpb.ExecuteSqlRequest{Session: session.Name, Transaction: inOpen, Sql: "INSERT INTO Accounts (Id, Balance) VALUES (1, 2)"}
	_, err = api.ExecuteSql(t.Context(), dml)
	require.NoError(t, err)
	insert := func(id string) *spannerpb.CommitRequest {
		return &spannerpb.CommitRequest{
			Session: session.Name, Transaction: &spannerpb.CommitRequest_SingleUseTransaction{SingleUseTransaction: readWrite},
			Mutations: []*spannerpb.Mutation{{Operation: &spannerpb.Mutation_Insert{Insert: &spannerpb.Mutation_Write{
				Table: "Accounts", Columns: []string{"Id", "Balance"}, Values: []*structpb.ListValue{listOf(id, "1")},
			}}}},
		}
	}
	e.disk.percent.Store(100)
	for _, call := range []struct {
		name string
		want codes.Code
		do   func(ctx context.Context) error
	}{
		{"the commit that finds out", codes.Unavailable, func(ctx context.Context) error {
			_, err := api.Commit(ctx, &spannerpb.CommitRequest{Session: session.Name, Transaction: &spannerpb.CommitRequest_TransactionId{TransactionId: open.Id}})
			return err
		}},
		{"the same commit again", codes.Unavailable, func(ctx context.Context) error {
			_, err := api.Commit(ctx, &spannerpb.CommitRequest{Session: session.Name, Transaction: &spannerpb.CommitRequest_TransactionId{TransactionId: open.Id}})
			return err
		}},
		{"another commit", codes.Unavailable, func(ctx context.Context) error { _, err := api.Commit(ctx, insert("3")); return err }},
		{"a read", codes.OK, func(ctx context.Context) error {
			_, err := api.ExecuteSql(ctx, &spannerpb.ExecuteSqlRequest{Session: session.Name, Sql: "SELECT Id FROM Accounts"})
			return err
		}},
		{"begin", codes.OK, func(ctx context.Context) error { _, err := api.BeginTransaction(ctx, begin); return err }},
		{"schema", codes.Unavailable, func(ctx context.Context) error {
			_, err := admin.UpdateDatabaseDdl(ctx, &database.UpdateDatabaseDdlRequest{Database: crashDatabase, Statements: []string{"DROP INDEX AccountsByBalance"}})
			return err
		}},
		{"create", codes.Unavailable, func(ctx context.Context) error {
			_, err := admin.CreateDatabase(ctx, &database.CreateDatabaseRequest{Parent: "projects/p/instances/main", CreateStatement: "CREATE DATABASE other"})
			return err
		}},
		{"drop", codes.Unavailable, func(ctx context.Context) error {
			_, err := admin.DropDatabase(ctx, &database.DropDatabaseRequest{Database: crashDatabase})
			return err
		}},
		{"end of the session", codes.OK, func(ctx context.Context) error {
			_, err := api.DeleteSession(ctx, &spannerpb.DeleteSessionRequest{Name: session.Name})
			return err
		}},
	} {
		require.Equal(t, call.want, status.Code(answer(t, call.name, call.do)), call.name)
	}
	require.Error(t, answer(t, "Close", func(context.Context) error { return e.server.Close() }))
}

// answer fails the test if there is none in the time that a person would wait.
func answer(t *testing.T, name string, call func(ctx context.Context) error) error {
	answered := make(chan error, 1)
	go func() { answered <- call(context.Background()) }()
	select {
	case err := <-answered:
		return err
	case <-time.After(30 * time.Second):
		t.Fatalf("%s: there is no answer", name)
		return nil
	}
}
