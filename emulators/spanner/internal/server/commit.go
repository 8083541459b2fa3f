package server

import (
	"context"
	"errors"
	"slices"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/kwipper/kwipper/emulators/spanner/internal/rows"
	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/store"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// maxAttempts is how often a commit without reads is tried before its client
// is told to try again.
const maxAttempts = 100

// maxMutations is the most that the service takes in one commit.
const maxMutations = 80_000

const tooManyMutations = "The transaction contains too many mutations. Insert and update operations count with the multiplicity of the number of " +
	"columns they affect. For example, inserting values into one key column and four non-key columns count as five mutations total for the " +
	"insert. Delete and delete range operations count as one mutation regardless of the number of columns affected. The total mutation " +
	"count includes any changes to indexes that the transaction generates. Please reduce the number of writes, or use fewer indexes. " +
	"(Maximum number: %d)"

// maxCommitBytes is the most that the service takes in one commit, with the
// entries of indexes.
const maxCommitBytes = 100 << 20

const tooManyBytes = "The transaction exceeds the maximum total bytes-size that can be handled by Spanner. Please reduce the size or number " +
	"of the writes, or use fewer indexes. (Maximum size: %d)"

// Commit implements the service.
func (s *Server) Commit(ctx context.Context, req *spannerpb.CommitRequest) (*spannerpb.CommitResponse, error) {
	sess, err := s.session(req.Session)
	if err != nil {
		return nil, err
	}
	if err := sess.mayMutate(sess.database.layout().Catalog(), req.Mutations); err != nil {
		return nil, err
	}
	var done committed
	if single := req.GetSingleUseTransaction(); single != nil {
		if single.GetReadWrite() == nil {
			return nil, failed("Cannot commit a transaction that is not read-write.")
		}
		done, err = s.commitSingleUse(ctx, sess, req.Mutations)
	} else if len(req.GetTransactionId()) == 0 {
		return nil, invalid("A commit needs a transaction.")
	} else {
		done, err = s.commitTransaction(ctx, sess, req.GetTransactionId(), req.Mutations)
	}
	if err != nil {
		return nil, err
	}
	resp := &spannerpb.CommitResponse{CommitTimestamp: timestamppb.New(done.at.Time())}
	if req.ReturnCommitStats {
		resp.CommitStats = &spannerpb.CommitResponse_CommitStats{MutationCount: done.mutations}
	}
	return resp, nil
}

// committed is the outcome of a commit.
type committed struct {
	at        store.Timestamp
	mutations int64
}

func (s *Server) commitTransaction(ctx context.Context, sess *session, id []byte, mutations []*spannerpb.Mutation) (none committed, err error) {
	if _, ok := readOnlyTimestamp(id); ok {
		return none, failed("Cannot commit a read-only transaction.")
	}
	if err := s.store.Available(); err != nil {
		return none, err // it can be committed later
	}
	if s.transactions.find(id) == nil {
		if done, err := s.outcome(id); done.at != 0 || err != nil {
			return done, err
		}
	}
	t, err := s.transaction(sess, id)
	if err != nil {
		return none, err
	}
	if t.txn == nil {
		return none, failed("Cannot commit a partitioned DML transaction.")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.committed.at != 0 {
		return t.committed, nil // the answer to the first call was lost
	}
	if t.inDoubt {
		if t.committed, err = s.outcome(id); err == nil && t.committed.at == 0 {
			err = aborted()
		}
		return t.committed, err
	}
	if t.failure != nil && t.state.Load() == 0 {
		t.txn.Rollback()
		s.transactions.end(t)
		return none, t.failure
	}
	db := sess.database
	db.commits.RLock()
	defer db.commits.RUnlock()
	if db.gone != nil {
		return none, db.gone
	}
	if err := t.txn.Err(); err != nil {
		return none, err
	}
	if t.layout != db.layout() {
		t.txn.Abort()
		s.transactions.end(t)
		return none, aborted() // the schema has changed since it began
	}
	if !t.txn.HasRead() {
		// Nothing was read or written yet: as good as a single use.
		t.txn.Rollback()
		t.committed, err = s.attempt(ctx, t.id, t.layout, t.txn.Lost(), mutations)
		if errors.Is(err, store.ErrUnavailable) {
			err = aborted() // surely not committed, and rolled back
		}
	} else {
		t.committed, err = s.applyAndCommit(ctx, t, mutations)
	}
	t.inDoubt = errors.Is(err, store.ErrInDoubt)
	switch {
	case err == nil:
		t.state.Store(isCommitted)
		s.transactions.end(t)
	case errors.Is(err, store.ErrAborted):
		s.transactions.end(t)
	case isVerdict(err):
		t.failure = err
		t.txn.Rollback()
		s.transactions.end(t)
	}
	return t.committed, err
}

// outcome finds a commit whose client did not hear of it, because the disk
// failed or the server was started again. It is at 0 if there is none.
func (s *Server) outcome(id []byte) (committed, error) {
	at, mutations, _, err := s.store.Outcome(id)
	return committed{at: at, mutations: mutations}, err
}

// isVerdict says whether a commit that failed would fail again.
func isVerdict(err error) bool {
	switch status.Code(err) {
	case codes.InvalidArgument, codes.NotFound, codes.AlreadyExists, codes.FailedPrecondition, codes.OutOfRange, codes.Unimplemented:
		return true
	}
	return false
}

func (s *Server) applyAndCommit(ctx context.Context, t *transaction, mutations []*spannerpb.Mutation) (none committed, err error) {
	if len(mutations) > 0 {
		if err := t.txn.Touch(); err != nil {
			return none, err
		}
	}
	tx := rows.NewTx(t.layout, t.txn, s.opts.Now())
	start := tx.Savepoint()
	done := tx.KeepLookup()
	err = applyMutations(ctx, tx, mutations)
	if closed := done(); err == nil {
		err = closed
	}
	count := t.mutations + tx.Mutations()
	switch {
	case err != nil:
	case count > maxMutations:
		err = invalid(tooManyMutations, maxMutations)
	case t.txn.Size() > maxCommitBytes:
		err = invalid(tooManyBytes, maxCommitBytes)
	}
	if err != nil {
		tx.RollbackTo(start)
		return none, err
	}
	if t.id != nil {
		t.txn.Remember(t.id, count)
	}
	at, err := t.txn.Commit()
	if err != nil {
		tx.RollbackTo(start) // for when it is tried again
		return none, err
	}
	return committed{at: at, mutations: count}, nil
}

func (s *Server) commitSingleUse(ctx context.Context, sess *session, mutations []*spannerpb.Mutation) (committed, error) {
	db := sess.database
	db.commits.RLock()
	defer db.commits.RUnlock()
	if db.gone != nil {
		return committed{}, db.gone
	}
	return s.attempt(ctx, nil, db.layout(), nil, mutations)
}

// attempt commits mutations by themselves. Since they depend on nothing the
// client has read, it tries again by itself after a conflict.
func (s *Server) attempt(ctx context.Context, id []byte, layout *rows.Layout, lost [][]byte, mutations []*spannerpb.Mutation) (committed, error) {
	for attempt := 1; ; attempt++ {
		txn, err := s.store.Begin(ctx, lost)
		if err != nil {
			return committed{}, err
		}
		done, err := s.applyAndCommit(ctx, &transaction{id: id, layout: layout, txn: txn}, mutations)
		if !errors.Is(err, store.ErrAborted) || attempt == maxAttempts || ctx.Err() != nil {
			txn.Rollback()
			return done, err
		}
		lost = txn.Lost()
	}
}

// applyMutations applies the mutations of a commit in order.
func applyMutations(ctx context.Context, tx *rows.Tx, mutations []*spannerpb.Mutation) error {
	if err := checkReferenced(tx.Catalog(), mutations); err != nil {
		return err
	}
	for i, m := range mutations {
		var err error
		switch op := m.GetOperation().(type) {
		case *spannerpb.Mutation_Insert:
			err = applyWrite(ctx, tx, rows.Insert, op.Insert)
			if status.Code(err) == codes.AlreadyExists && insertedTwice(tx.Catalog(), op.Insert.Table, mutations[:i+1]) {
				err = invalid("%s: a commit inserts it twice.", status.Convert(err).Message())
			}
		case *spannerpb.Mutation_Update:
			err = applyWrite(ctx, tx, rows.Update, op.Update)
		case *spannerpb.Mutation_InsertOrUpdate:
			err = applyWrite(ctx, tx, rows.InsertOrUpdate, op.InsertOrUpdate)
		case *spannerpb.Mutation_Replace:
			err = applyWrite(ctx, tx, rows.Replace, op.Replace)
		case *spannerpb.Mutation_Delete_:
			err = applyDelete(ctx, tx, op.Delete)
		case *spannerpb.Mutation_Send_, *spannerpb.Mutation_Ack_:
			err = unsupported("Mutation of a queue")
		default:
			err = invalid("A mutation has no operation.")
		}
		if err != nil {
			return err
		}
	}
	return tx.CheckConstraints(ctx)
}

func applyWrite(ctx context.Context, tx *rows.Tx, op rows.Op, w *spannerpb.Mutation_Write) error {
	t, err := mutatedTable(tx.Catalog(), w.GetTable())
	if err != nil {
		return err
	}
	columns, err := writtenColumns(t, w.Columns)
	if err != nil {
		return err
	}
	for _, list := range w.Values {
		if len(list.GetValues()) != len(columns) {
			return invalid("Mutation of table %s has %d columns but %d values.", t.Name, len(columns), len(list.GetValues()))
		}
		values := make([]value.Value, len(columns))
		for i, pb := range list.GetValues() {
			var err error
			if values[i], err = mutationValue(t, t.Columns[columns[i]], pb); err != nil {
				return err
			}
		}
		if _, err := tx.Write(ctx, op, t, columns, values); err != nil {
			return err
		}
	}
	return nil
}

// mutatedTable finds the table of a mutation.
func mutatedTable(catalog *schema.Catalog, name string) (*schema.Table, error) {
	if name == "" {
		return nil, invalid("Mutation does not specify table.")
	}
	t, ok := catalog.Table(name)
	if !ok {
		return nil, notFound("Table not found: %s", name)
	}
	return t, nil
}

// writtenColumns finds the ordinals of columns, each of which may be named once.
func writtenColumns(t *schema.Table, names []string) ([]int, error) {
	columns := make([]int, len(names))
	for i, name := range names {
		col, ok := t.Column(name)
		if !ok {
			return nil, notFound("Column not found in table %s: %s", t.Name, name)
		}
		if slices.Contains(columns[:i], col.Ordinal) {
			return nil, invalid("Multiple values for column %s.", col.Name)
		}
		columns[i] = col.Ordinal
	}
	return columns, nil
}

// commitTimestampText in place of a TIMESTAMP asks for the commit timestamp.
const commitTimestampText = "spanner.commit_timestamp()"

func mutationValue(t *schema.Table, col *schema.Column, pb *structpb.Value) (value.Value, error) {
	if col.Type.Code == value.CodeTimestamp && pb.GetStringValue() == commitTimestampText {
		return value.CommitTimestamp(), nil
	}
	v, err := value.Decode(pb, col.Type)
	if err != nil {
		return v, failed("Invalid value for column %s in table %s: %v", col.Name, t.Name, err)
	}
	return v, nil
}

func applyDelete(ctx context.Context, tx *rows.Tx, d *spannerpb.Mutation_Delete) error {
	t, err := mutatedTable(tx.Catalog(), d.GetTable())
	if err != nil {
		return err
	}
	ranges, err := deletedRanges(t, d.KeySet, tx.Now())
	if err != nil {
		return err
	}
	for _, r := range ranges {
		if _, err := tx.DeleteRange(ctx, t, r); err != nil {
			return err
		}
	}
	return nil
}
