package behaviour_test

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	emulator "github.com/kwipper/kwipper/emulators/spanner"
)

// shared is the emulator of all tests here; each behaviour has a database of its own.
var shared struct {
	server    *emulator.Server
	connected grpc.ClientConnInterface
	databases atomic.Int64
}

func TestMain(m *testing.M) { os.Exit(runAll(m)) }

func runAll(m *testing.M) int {
	server, err := emulator.Start(context.Background(), emulator.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = server.Close() }()
	conn, err := grpc.NewClient(server.Addr(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = conn.Close() }()
	shared.server, shared.connected = server, conn
	return m.Run()
}

// behaviour is something that the service does, shown by steps in a database of
// its own. All steps that need a read-write transaction share one, until begin.
type behaviour struct {
	name  string
	steps []step
}

// step is one call, with what it must answer.
type step interface{ run(r *run) }

// run is a behaviour under test.
type run struct {
	t        *testing.T
	calls    spannerpb.SpannerClient
	admin    databasepb.DatabaseAdminClient
	database string
	session  string
	txn      []byte // the open transaction, if any
	seqno    int64
	stamp    string // the last commit timestamp, for which $ts stands
}

func (r *run) context() context.Context { return r.t.Context() }

// show runs behaviours in databases with a schema.
func show(t *testing.T, ddl []string, behaviours ...behaviour) {
	for _, b := range behaviours {
		t.Run(b.name, func(t *testing.T) {
			r := newRun(t, ddl...)
			for _, s := range b.steps {
				s.run(r)
			}
		})
	}
}

func newRun(t *testing.T, ddl ...string) *run {
	r := &run{t: t, calls: spannerpb.NewSpannerClient(shared.connected), admin: databasepb.NewDatabaseAdminClient(shared.connected)}
	r.database = fmt.Sprintf("projects/testing/instances/behaviour/databases/test%d", shared.databases.Add(1))
	require.NoError(t, shared.server.CreateDatabase(t.Context(), r.database, ddl...))
	t.Cleanup(func() { require.NoError(t, shared.server.DropDatabase(context.Background(), r.database)) })
	session, err := r.calls.CreateSession(t.Context(), &spannerpb.CreateSessionRequest{Database: r.database})
	require.NoError(t, err)
	r.session = session.Name
	return r
}

// transaction is the id of the open read-write transaction, which it begins if need be.
func (r *run) transaction() []byte {
	if r.txn == nil {
		r.txn = r.begin(&spannerpb.TransactionOptions{Mode: &spannerpb.TransactionOptions_ReadWrite_{
			ReadWrite: &spannerpb.TransactionOptions_ReadWrite{}}})
	}
	return r.txn
}

func (r *run) begin(options *spannerpb.TransactionOptions) []byte {
	txn, err := r.calls.BeginTransaction(r.context(), &spannerpb.BeginTransactionRequest{Session: r.session, Options: options})
	require.NoError(r.t, err)
	return txn.Id
}

func (r *run) selector() *spannerpb.TransactionSelector {
	return &spannerpb.TransactionSelector{Selector: &spannerpb.TransactionSelector_Id{Id: r.transaction()}}
}
