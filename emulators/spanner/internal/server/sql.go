package server

import (
	"context"
	"errors"
	"time"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"

	"github.com/kwipper/kwipper/emulators/spanner/internal/query"
	"github.com/kwipper/kwipper/emulators/spanner/internal/rows"
	"github.com/kwipper/kwipper/emulators/spanner/internal/store"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// ExecuteStreamingSql implements the service.
func (s *Server) ExecuteStreamingSql(req *spannerpb.ExecuteSqlRequest, stream spannerpb.Spanner_ExecuteStreamingSqlServer) error {
	return s.execute(stream.Context(), req, stream.Send)
}

// ExecuteSql implements the service.
func (s *Server) ExecuteSql(ctx context.Context, req *spannerpb.ExecuteSqlRequest) (*spannerpb.ResultSet, error) {
	var all gathered
	if err := s.execute(ctx, req, all.add); err != nil {
		return nil, err
	}
	return all.resultSet()
}

func (s *Server) execute(ctx context.Context, req *spannerpb.ExecuteSqlRequest, send func(*spannerpb.PartialResultSet) error) error {
	if _, known := spannerpb.ExecuteSqlRequest_QueryMode_name[int32(req.QueryMode)]; !known {
		return invalid("Unknown query mode %d.", req.QueryMode)
	}
	sess, err := s.session(req.Session)
	if err != nil {
		return err
	}
	resume, err := parseResumeToken(req.ResumeToken)
	if err != nil {
		return err
	}
	a, err := s.open(ctx, sess, req.Transaction, resume)
	if err != nil {
		return err
	}
	if err = a.checkDirected(req.DirectedReadOptions); err == nil {
		err = s.executeIn(ctx, a, sess, req, resume, send)
	}
	if err != nil {
		err = a.txn.superseded(err)
		s.drop(a)
		return err
	}
	return nil
}

func (s *Server) executeIn(ctx context.Context, a *access, sess *session, req *spannerpb.ExecuteSqlRequest, resume resumeToken, send func(*spannerpb.PartialResultSet) error) error {
	catalog := sess.database.layout().Catalog()
	if a.reader != nil {
		catalog = a.reader.Catalog()
	}
	stmt, err := s.prepare(sess, catalog, req.Sql, req.ParamTypes)
	if err != nil {
		return err
	}
	if req.QueryMode == spannerpb.ExecuteSqlRequest_PLAN {
		if len(req.PartitionToken) > 0 {
			return errPartPlanned
		}
		return sendPlan(stmt, a, send)
	}
	bound, err := stmt.Bind(req.Params, s.options(sess, a))
	if err != nil {
		return err
	}
	if stmt.IsDML() {
		return s.executeDML(ctx, a, sess, req, stmt, bound, newSender(stmt.Columns(), a, resume, send))
	}
	if a.reader == nil {
		return invalid("A partitioned DML transaction can only execute DML.")
	}
	result, err := queryIn(ctx, a, req, bound)
	if err != nil {
		return err
	}
	defer result.Close()
	out := newSender(stmt.Columns(), a, resume, send)
	out.whole = !stmt.Repeatable()
	began := time.Now()
	for {
		ok, err := result.Next()
		if err != nil {
			return err
		}
		if !ok {
			return out.finish(statistics(req, stmt, int64(out.rows), result.Scanned(), time.Since(began)))
		}
		row := result.Row()
		if err := out.row(func(i int) value.Value { return row[i] }); err != nil {
			return err
		}
	}
}

// options returns how the statements of a call are run.
func (s *Server) options(sess *session, a *access) query.Options {
	return query.Options{
		RejectFullScans: s.opts.RejectFullScans, Now: s.opts.Now(), Counters: sess.database.counters, ReadOnly: a.txn == nil,
	}
}

// queryIn runs a query, or the part of it that a partition token names.
func queryIn(ctx context.Context, a *access, req *spannerpb.ExecuteSqlRequest, bound *query.Bound) (*query.Rows, error) {
	if len(req.PartitionToken) == 0 {
		return bound.Query(ctx, a.reader)
	}
	part, err := partOf(req)
	if err != nil {
		return nil, err
	}
	return bound.QueryPart(ctx, a.reader, part)
}

// sendPlan answers what a statement takes and returns, without running it.
func sendPlan(stmt *query.Statement, a *access, send func(*spannerpb.PartialResultSet) error) error {
	return send(&spannerpb.PartialResultSet{
		Metadata: &spannerpb.ResultSetMetadata{
			RowType:              value.RowType(stmt.Columns()),
			UndeclaredParameters: value.RowType(stmt.Undeclared()),
			Transaction:          a.begun,
		},
		Stats: &spannerpb.ResultSetStats{QueryPlan: stmt.Plan()},
		Last:  true,
	})
}

// executeDML runs a DML statement whole before anything is sent.
func (s *Server) executeDML(ctx context.Context, a *access, sess *session, req *spannerpb.ExecuteSqlRequest, stmt *query.Statement, bound *query.Bound, out *sender) error {
	if a.txn == nil {
		return invalid("DML statements can only be performed in a read-write or partitioned-dml transaction.")
	}
	if a.txn.txn == nil {
		return s.executePartitioned(ctx, a, sess, stmt, bound, out)
	}
	began := time.Now()
	print := fingerprint(req.Sql, req.Params)
	reply, err := a.txn.once(req.Seqno, print, func() (any, error) { return s.runCounted(ctx, a, bound) })
	if err != nil {
		return err
	}
	result := reply.(query.Result)
	for _, row := range result.Rows {
		if err := out.row(func(i int) value.Value { return row[i] }); err != nil {
			return err
		}
	}
	stats := statistics(req, stmt, int64(len(result.Rows)), result.Scanned, time.Since(began))
	if stats == nil {
		stats = &spannerpb.ResultSetStats{}
	}
	stats.RowCount = &spannerpb.ResultSetStats_RowCountExact{RowCountExact: result.Count}
	return out.finish(stats)
}

// runCounted runs a statement of a read-write transaction.
func (s *Server) runCounted(ctx context.Context, a *access, bound *query.Bound) (query.Result, error) {
	before := a.tx.Mutations()
	result, err := s.runDML(ctx, a.tx, bound)
	a.txn.mutations += a.tx.Mutations() - before
	if err != nil {
		if err = a.txn.superseded(err); a.tx.Violated() && !errors.Is(err, store.ErrAborted) {
			a.txn.failure = err
		}
	}
	return result, err
}

// runDML runs a statement; if it fails it leaves nothing behind.
func (s *Server) runDML(ctx context.Context, tx *rows.Tx, bound *query.Bound) (query.Result, error) {
	before := tx.Savepoint()
	result, err := bound.Execute(ctx, tx)
	if err == nil {
		err = tx.CheckConstraints(ctx)
	}
	if err != nil {
		tx.RollbackTo(before)
	}
	return result, err
}

// once runs a statement unless one with its sequence number was run before;
// then it returns that one's outcome.
func (t *transaction) once(seqno int64, print string, run func() (any, error)) (any, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if seen, ok := t.replies[seqno]; ok && seqno != 0 {
		if seen.fingerprint != print {
			return nil, invalid("Sequence number %d was used for a different statement.", seqno)
		}
		return seen.result, seen.err
	}
	if seqno != 0 && seqno < t.lastSeq {
		return nil, invalid("Sequence number %d is lower than the last one, %d.", seqno, t.lastSeq)
	}
	if t.failure != nil && t.state.Load() == 0 {
		return nil, t.failure
	}
	result, err := run()
	if seqno != 0 && !errors.Is(err, store.ErrAborted) {
		if t.replies == nil {
			t.replies = map[int64]dmlReply{}
		}
		t.replies[seqno], t.lastSeq = dmlReply{fingerprint: print, result: result, err: err}, seqno
	}
	return result, err
}

func fingerprint(sql string, params *structpb.Struct) string {
	values, _ := proto.MarshalOptions{Deterministic: true}.Marshal(params) // was just unmarshalled
	return sql + "\x00" + string(values)
}

// executePartitioned runs partitioned DML. All rows are one partition here, so
// it is a transaction like others, tried again by itself.
func (s *Server) executePartitioned(ctx context.Context, a *access, sess *session, stmt *query.Statement, bound *query.Bound, out *sender) error {
	if len(stmt.Columns()) > 0 {
		return unsupported("THEN RETURN in partitioned DML")
	}
	if err := stmt.CheckPartitionable(); err != nil {
		return err
	}
	if a.txn.state.Load() == isCommitted {
		return invalid("PartitionedDml transaction may only be used to execute one statement")
	}
	defer s.transactions.end(a.txn)
	var lost [][]byte
	for attempt := 1; ; attempt++ {
		count, keys, err := s.partition(ctx, sess.database, a.txn.layout, lost, bound)
		if err == nil {
			a.txn.state.Store(isCommitted)
			return out.finish(&spannerpb.ResultSetStats{
				RowCount: &spannerpb.ResultSetStats_RowCountLowerBound{RowCountLowerBound: count},
			})
		}
		if !errors.Is(err, store.ErrAborted) || attempt == maxAttempts || ctx.Err() != nil {
			return err
		}
		lost = keys
	}
}

func (s *Server) partition(ctx context.Context, db *database, layout *rows.Layout, lost [][]byte, bound *query.Bound) (int64, [][]byte, error) {
	db.commits.RLock()
	defer db.commits.RUnlock()
	if db.gone != nil {
		return 0, nil, db.gone
	}
	if layout != db.layout() {
		return 0, nil, aborted()
	}
	txn, err := s.store.Begin(ctx, lost)
	if err != nil {
		return 0, nil, err
	}
	defer txn.Rollback()
	result, err := s.runDML(ctx, rows.NewTx(layout, txn, s.opts.Now()), bound)
	if err != nil {
		return 0, txn.Lost(), err
	}
	_, err = txn.Commit()
	return result.Count, txn.Lost(), err
}

// ExecuteBatchDml implements the service. It stops at the first statement that
// fails and answers its error with the results of those before.
func (s *Server) ExecuteBatchDml(ctx context.Context, req *spannerpb.ExecuteBatchDmlRequest) (*spannerpb.ExecuteBatchDmlResponse, error) {
	if len(req.Statements) == 0 {
		return nil, invalid("No statements in batch DML request.")
	}
	sess, err := s.session(req.Session)
	if err != nil {
		return nil, err
	}
	a, err := s.open(ctx, sess, req.Transaction, resumeToken{})
	if err != nil {
		return nil, err
	}
	if a.tx == nil {
		s.drop(a)
		return nil, invalid("Batch DML needs a read-write transaction.")
	}
	print := ""
	for _, stmt := range req.Statements {
		print += fingerprint(stmt.Sql, stmt.Params) + "\n"
	}
	reply, err := a.txn.once(req.Seqno, print, func() (any, error) { return s.runBatch(ctx, sess, a, req.Statements) })
	if err != nil {
		s.drop(a)
		return nil, err
	}
	resp := reply.(*spannerpb.ExecuteBatchDmlResponse)
	if len(resp.ResultSets) == 0 {
		s.drop(a) // without a result the client does not learn of the transaction
	}
	resp.PrecommitToken = a.txn.precommitToken()
	return resp, nil
}

func (s *Server) runBatch(ctx context.Context, sess *session, a *access, statements []*spannerpb.ExecuteBatchDmlRequest_Statement) (*spannerpb.ExecuteBatchDmlResponse, error) {
	resp := &spannerpb.ExecuteBatchDmlResponse{Status: &rpcstatus.Status{}}
	for _, statement := range statements {
		result, err := s.runStatement(ctx, sess, a, statement)
		if errors.Is(err, store.ErrAborted) {
			return nil, err
		}
		if err != nil {
			resp.Status = status.Convert(toStatus(err)).Proto()
			return resp, nil
		}
		set := &spannerpb.ResultSet{
			Metadata: &spannerpb.ResultSetMetadata{RowType: &spannerpb.StructType{}},
			Stats:    &spannerpb.ResultSetStats{RowCount: &spannerpb.ResultSetStats_RowCountExact{RowCountExact: result.Count}},
		}
		if len(resp.ResultSets) == 0 {
			set.Metadata.Transaction = a.begun
		}
		resp.ResultSets = append(resp.ResultSets, set)
	}
	return resp, nil
}

func (s *Server) runStatement(ctx context.Context, sess *session, a *access, statement *spannerpb.ExecuteBatchDmlRequest_Statement) (query.Result, error) {
	stmt, err := s.prepare(sess, a.tx.Catalog(), statement.Sql, statement.ParamTypes)
	if err != nil {
		return query.Result{}, err
	}
	if !stmt.IsDML() {
		return query.Result{}, status.Error(codes.InvalidArgument, "ExecuteBatchDml supports DML statements only.")
	}
	bound, err := stmt.Bind(statement.Params, s.options(sess, a))
	if err != nil {
		return query.Result{}, err
	}
	return s.runCounted(ctx, a, bound)
}
