package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/kwipper/kwipper/emulators/spanner/internal/rows"
	"github.com/kwipper/kwipper/emulators/spanner/internal/store"
)

// The first byte of a transaction's id.
const (
	readOnlyID    = 'r' // the read timestamp follows: such a transaction has no other state
	readWriteID   = 'w'
	partitionedID = 'p'
)

// transaction is a read-write or partitioned DML transaction.
type transaction struct {
	id       []byte
	session  string
	database *database
	layout   *rows.Layout
	txn      *store.Txn // nil for partitioned DML

	pending   rows.Pending
	mu        sync.Mutex // one DML statement or commit at a time
	replies   map[int64]dmlReply
	lastSeq   int64
	tokens    int32
	mutations int64     // that its DML statements made
	committed committed // at 0 until it is
	inDoubt   bool      // the disk failed while it was committed
	failure   error     // that all further DML and commits answer

	state atomic.Int32 // open, isCommitted or isRolledBack
}

// superseded tells of an error, or of none, in a transaction: after a change of
// the schema rows are not what they were when it began, and it must be tried again.
func (t *transaction) superseded(err error) error {
	if t == nil || t.txn == nil || t.layout == t.database.layout() {
		return err
	}
	t.txn.Abort()
	return store.ErrAborted
}

// The ways in which a client ends a transaction.
const (
	isCommitted = iota + 1
	isRolledBack
)

// dmlReply is kept to answer a statement that is sent again.
type dmlReply struct {
	fingerprint string
	result      any
	err         error
}

// registry finds transactions by id. Ended ones stay for two to four rotations.
type registry struct {
	mu        sync.Mutex
	open      map[string]*transaction
	done, old map[string]*transaction
	rotated   time.Time
}

// keepEnded is how long ended transactions are kept at least, to answer calls sent again.
const keepEnded = 10 * time.Second

func (r *registry) add(t *transaction) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.open == nil {
		r.open, r.done = map[string]*transaction{}, map[string]*transaction{}
	}
	r.open[string(t.id)] = t
}

func (r *registry) find(id []byte) *transaction {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range []map[string]*transaction{r.open, r.done, r.old} {
		if t, ok := m[string(id)]; ok {
			return t
		}
	}
	return nil
}

func (r *registry) end(t *transaction) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.open[string(t.id)]; ok {
		delete(r.open, string(t.id))
		r.done[string(t.id)] = t
	}
}

// rotate forgets what ended long ago.
func (r *registry) rotate(now time.Time) {
	r.mu.Lock()
	open := slices.Collect(maps.Values(r.open))
	r.mu.Unlock()
	for _, t := range open { // not under mu: one that commits cannot be asked before its sync
		if t.txn != nil && t.txn.Err() != nil {
			r.end(t)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.rotated) < keepEnded {
		return
	}
	r.rotated, r.old, r.done = now, r.done, map[string]*transaction{}
}

func (r *registry) rollbackOf(session string) {
	r.mu.Lock()
	var all []*transaction
	for _, t := range r.open {
		if t.session == session && t.txn != nil {
			all = append(all, t)
		}
	}
	r.mu.Unlock()
	for _, t := range all {
		t.txn.Rollback()
	}
}

func newID(kind byte, ts store.Timestamp) []byte {
	id := binary.BigEndian.AppendUint64([]byte{kind}, uint64(ts))
	id = append(id, make([]byte, 8)...)
	_, _ = rand.Read(id[9:]) // never fails
	return id
}

// readOnlyTimestamp returns the read timestamp in the id of a read-only transaction.
func readOnlyTimestamp(id []byte) (store.Timestamp, bool) {
	if len(id) != 17 || id[0] != readOnlyID {
		return 0, false
	}
	return store.Timestamp(binary.BigEndian.Uint64(id[1:])), true
}

// BeginTransaction implements the service.
func (s *Server) BeginTransaction(ctx context.Context, req *spannerpb.BeginTransactionRequest) (*spannerpb.Transaction, error) {
	sess, err := s.session(req.Session)
	if err != nil {
		return nil, err
	}
	if req.Options.GetReadOnly() != nil {
		ts, err := s.readTimestamp(sess.database, req.Options.GetReadOnly(), false)
		if err != nil {
			return nil, err
		}
		return readOnlyProto(newID(readOnlyID, ts), ts, req.Options.GetReadOnly()), nil
	}
	t, err := s.begin(ctx, sess, req.Options)
	if err != nil {
		return nil, err
	}
	return &spannerpb.Transaction{Id: t.id, PrecommitToken: t.precommitToken()}, nil
}

func readOnlyProto(id []byte, ts store.Timestamp, o *spannerpb.TransactionOptions_ReadOnly) *spannerpb.Transaction {
	out := &spannerpb.Transaction{Id: id}
	if o.GetReturnReadTimestamp() {
		out.ReadTimestamp = timestamppb.New(ts.Time())
	}
	return out
}

// begin starts a read-write or partitioned DML transaction.
func (s *Server) begin(ctx context.Context, sess *session, o *spannerpb.TransactionOptions) (*transaction, error) {
	if o.GetIsolationLevel() == spannerpb.TransactionOptions_REPEATABLE_READ {
		return nil, unsupported("Isolation level REPEATABLE_READ")
	}
	t := &transaction{session: sess.name, database: sess.database, layout: sess.database.layout()}
	if o.GetPartitionedDml() != nil {
		t.id = newID(partitionedID, s.store.Latest())
		s.transactions.add(t)
		return t, nil
	}
	if o.GetReadWrite() == nil {
		return nil, invalid("TransactionOptions need a mode: read_write, read_only or partitioned_dml.")
	}
	previous := o.GetReadWrite().MultiplexedSessionPreviousTransactionId
	s.mu.Lock()
	if len(previous) == 0 && !sess.isMultiplexed() {
		previous = sess.last
	}
	s.mu.Unlock()
	var err error
	if t.txn, err = s.store.Begin(ctx, s.lostBy(previous)); err != nil {
		return nil, err
	}
	t.id = newID(readWriteID, s.store.Latest())
	s.mu.Lock()
	sess.last = t.id
	s.mu.Unlock()
	s.transactions.add(t)
	return t, nil
}

// lostBy returns the keys that made an earlier attempt abort.
func (s *Server) lostBy(previous []byte) [][]byte {
	if len(previous) == 0 {
		return nil
	}
	if t := s.transactions.find(previous); t != nil && t.txn != nil {
		return t.txn.Lost()
	}
	return nil
}

// precommitToken is what a multiplexed session expects with each answer.
func (t *transaction) precommitToken() *spannerpb.MultiplexedSessionPrecommitToken {
	if t == nil || t.txn == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.nextToken()
}

func (t *transaction) nextToken() *spannerpb.MultiplexedSessionPrecommitToken {
	t.tokens++
	return &spannerpb.MultiplexedSessionPrecommitToken{PrecommitToken: t.id, SeqNum: t.tokens}
}

// transaction finds a read-write or partitioned DML transaction of a session.
func (s *Server) transaction(sess *session, id []byte) (*transaction, error) {
	t := s.transactions.find(id)
	if t != nil && t.session == sess.name {
		return t, nil
	}
	if len(id) == 17 && bytes.IndexByte([]byte{readWriteID, partitionedID}, id[0]) >= 0 {
		return nil, aborted() // lapsed long ago, or the server was started again
	}
	return nil, invalid("Transaction not found: %x", id)
}

// Rollback implements the service.
func (s *Server) Rollback(_ context.Context, req *spannerpb.RollbackRequest) (*emptypb.Empty, error) {
	sess, err := s.session(req.Session)
	if err != nil {
		return nil, err
	}
	if _, readOnly := readOnlyTimestamp(req.TransactionId); readOnly {
		return nil, failed("Cannot roll back a read-only transaction.")
	}
	t, err := s.transaction(sess, req.TransactionId)
	if status.Code(err) == codes.Aborted {
		return &emptypb.Empty{}, nil //nolint:nilerr // it lapsed, so that nothing is left of it
	}
	if err != nil {
		return nil, err
	}
	if t.txn == nil {
		return nil, failed("Cannot roll back a partitioned DML transaction.")
	}
	if t.state.CompareAndSwap(0, isRolledBack) {
		t.txn.Rollback()
		s.transactions.end(t)
	} else if t.state.Load() == isCommitted {
		return nil, failed("Cannot rollback a transaction after it has been committed.")
	}
	return &emptypb.Empty{}, nil
}

// readTimestamp chooses the time of a snapshot. It may lie ahead.
func (s *Server) readTimestamp(db *database, o *spannerpb.TransactionOptions_ReadOnly, singleUse bool) (store.Timestamp, error) {
	now := store.Timestamp(s.opts.Now().UnixMicro())
	latest := s.store.Latest()
	ts := latest
	switch bound := o.GetTimestampBound().(type) {
	case *spannerpb.TransactionOptions_ReadOnly_MinReadTimestamp:
		if !singleUse {
			return 0, invalid("min_read_timestamp is for single-use transactions only.")
		}
		ts = max(latest, ceilMicros(bound.MinReadTimestamp.AsTime()))
	case *spannerpb.TransactionOptions_ReadOnly_MaxStaleness:
		if !singleUse {
			return 0, invalid("max_staleness is for single-use transactions only.")
		}
		if bound.MaxStaleness.AsDuration() < 0 {
			return 0, invalid("max_staleness must not be negative.")
		}
	case *spannerpb.TransactionOptions_ReadOnly_ReadTimestamp:
		if ts = store.Timestamp(bound.ReadTimestamp.AsTime().UnixMicro()); ts <= 0 {
			return 0, invalid("read_timestamp must be after 1970-01-01T00:00:00Z.")
		}
	case *spannerpb.TransactionOptions_ReadOnly_ExactStaleness:
		if bound.ExactStaleness.AsDuration() < 0 {
			return 0, invalid("exact_staleness must not be negative.")
		}
		ts = now - store.Timestamp(bound.ExactStaleness.AsDuration().Microseconds())
	case *spannerpb.TransactionOptions_ReadOnly_Strong:
		if !bound.Strong {
			return 0, invalid("strong must be true where it is given.")
		}
	}
	return ts, db.readable(ts, now)
}

func ceilMicros(t time.Time) store.Timestamp {
	return store.Timestamp(t.Add(999 * time.Nanosecond).UnixMicro())
}
