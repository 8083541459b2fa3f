package server

import (
	"context"
	"time"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/spanner/internal/rows"
	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/store"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// access is how one call reads, as its transaction selector says.
type access struct {
	reader rows.Reader
	tx     *rows.Tx     // nil for a snapshot
	txn    *transaction // nil for a snapshot
	ts     store.Timestamp
	begun  *spannerpb.Transaction // to tell the client of, if the call began it
}

// open finds or begins the transaction that a call selects. A resumed stream
// reads at the time it began with.
func (s *Server) open(ctx context.Context, sess *session, selector *spannerpb.TransactionSelector, resume resumeToken) (*access, error) {
	switch sel := selector.GetSelector().(type) {
	case *spannerpb.TransactionSelector_Id:
		return s.openID(ctx, sess, sel.Id)
	case *spannerpb.TransactionSelector_Begin:
		if ro := sel.Begin.GetReadOnly(); ro != nil {
			ts, err := s.snapshotTime(ctx, sess, ro, false, resume)
			if err != nil {
				return nil, err
			}
			a := s.snapshot(sess, ts)
			a.begun = readOnlyProto(newID(readOnlyID, ts), ts, ro)
			return a, nil
		}
		t, err := s.begin(ctx, sess, sel.Begin)
		if err != nil {
			return nil, err
		}
		a, err := s.openTransaction(t)
		if err != nil {
			return nil, err
		}
		a.begun = &spannerpb.Transaction{Id: t.id}
		return a, nil
	case *spannerpb.TransactionSelector_SingleUse:
		if sel.SingleUse.GetReadWrite() != nil || sel.SingleUse.GetPartitionedDml() != nil {
			return nil, invalid("A single-use transaction here must be read-only.")
		}
		return s.openSingleUse(ctx, sess, sel.SingleUse.GetReadOnly(), resume)
	}
	return s.openSingleUse(ctx, sess, nil, resume)
}

func (s *Server) openSingleUse(ctx context.Context, sess *session, ro *spannerpb.TransactionOptions_ReadOnly, resume resumeToken) (*access, error) {
	ts, err := s.snapshotTime(ctx, sess, ro, true, resume)
	if err != nil {
		return nil, err
	}
	a := s.snapshot(sess, ts)
	if ro.GetReturnReadTimestamp() {
		a.begun = readOnlyProto(nil, ts, ro)
	}
	return a, nil
}

func (s *Server) snapshotTime(ctx context.Context, sess *session, ro *spannerpb.TransactionOptions_ReadOnly, singleUse bool, resume resumeToken) (store.Timestamp, error) {
	if resume.ts != 0 {
		return resume.ts, s.settled(ctx, sess.database, resume.ts)
	}
	ts, err := s.readTimestamp(sess.database, ro, singleUse)
	if err != nil {
		return 0, err
	}
	return ts, s.settled(ctx, sess.database, ts)
}

func (s *Server) snapshot(sess *session, ts store.Timestamp) *access {
	return &access{reader: rows.NewView(sess.database.layoutAt(ts), s.store.At(ts)), ts: ts}
}

// longestCall is for how long the service waits for a read timestamp to come.
const longestCall = time.Hour

// settled waits until a snapshot can be read.
func (s *Server) settled(ctx context.Context, db *database, ts store.Timestamp) error {
	now := store.Timestamp(s.opts.Now().UnixMicro())
	if err := db.readable(ts, now); err != nil {
		return err
	}
	if ts > now+store.Timestamp(longestCall.Microseconds()) {
		return status.Errorf(codes.DeadlineExceeded, "Read timestamp %s is more than an hour ahead.", ts.Time().Format(time.RFC3339Nano))
	}
	return s.store.Wait(ctx, ts)
}

func (s *Server) openID(ctx context.Context, sess *session, id []byte) (*access, error) {
	if ts, ok := readOnlyTimestamp(id); ok {
		if err := s.settled(ctx, sess.database, ts); err != nil {
			return nil, err
		}
		return s.snapshot(sess, ts), nil
	}
	t, err := s.transaction(sess, id)
	if err != nil {
		return nil, err
	}
	return s.openTransaction(t)
}

func (s *Server) openTransaction(t *transaction) (*access, error) {
	a := &access{txn: t}
	if t.txn == nil {
		return a, nil // partitioned DML
	}
	if err := t.superseded(nil); err != nil {
		return nil, err
	}
	if err := t.txn.Touch(); err != nil {
		return nil, err
	}
	a.tx = rows.NewTx(t.layout, t.txn, s.opts.Now())
	a.tx.SharePending(&t.pending)
	a.reader = a.tx
	return a, nil
}

// drop rolls back a transaction that a failed call began: its client will
// never learn of it.
func (s *Server) drop(a *access) {
	if a.begun != nil && a.txn != nil && a.txn.txn != nil {
		a.txn.txn.Rollback()
		s.transactions.end(a.txn)
	}
}

// checkDirected refuses to direct the reads of a read-write transaction. For
// others all replicas are this one.
func (a *access) checkDirected(o *spannerpb.DirectedReadOptions) error {
	if o != nil && a.txn != nil {
		return invalid("Directed reads can only be performed in a read-only transaction.")
	}
	return nil
}

// StreamingRead implements the service.
func (s *Server) StreamingRead(req *spannerpb.ReadRequest, stream spannerpb.Spanner_StreamingReadServer) error {
	return s.read(stream.Context(), req, stream.Send)
}

// Read implements the service.
func (s *Server) Read(ctx context.Context, req *spannerpb.ReadRequest) (*spannerpb.ResultSet, error) {
	var all gathered
	if err := s.read(ctx, req, all.add); err != nil {
		return nil, err
	}
	return all.resultSet()
}

func (s *Server) read(ctx context.Context, req *spannerpb.ReadRequest, send func(*spannerpb.PartialResultSet) error) error {
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
		err = readIn(ctx, a, sess, req, resume, send)
	}
	if err != nil {
		err = a.txn.superseded(err)
		s.drop(a)
		return err
	}
	return nil
}

func readIn(ctx context.Context, a *access, sess *session, req *spannerpb.ReadRequest, resume resumeToken, send func(*spannerpb.PartialResultSet) error) error {
	if a.reader == nil {
		return invalid("A partitioned DML transaction cannot read.")
	}
	scan, fields, err := planRead(a.reader.Catalog(), req)
	if err != nil {
		return err
	}
	if err := sess.mayRead(scan.Table, scan.Columns); err != nil {
		return err
	}
	if err := clipRead(&scan, req); err != nil {
		return err
	}
	it := a.reader.Scan(ctx, scan)
	defer it.Close()
	out := newSender(fields, a, resume, send)
	for it.Next() {
		row := it.Row()
		if err := out.row(func(i int) value.Value { return row[scan.Columns[i]] }); err != nil {
			return err
		}
	}
	if err := it.Err(); err != nil {
		return err
	}
	return out.finish(nil)
}

// planRead turns a request into a scan.
func planRead(catalog *schema.Catalog, req *spannerpb.ReadRequest) (rows.Scan, []value.Field, error) {
	t, ok := catalog.Table(req.Table)
	if !ok {
		return rows.Scan{}, nil, notFound("Table not found: %s", req.Table)
	}
	if len(req.Columns) == 0 {
		return rows.Scan{}, nil, invalid("Read of table %s names no columns.", t.Name)
	}
	if req.Limit < 0 {
		return rows.Scan{}, nil, invalid("limit must not be negative.")
	}
	scan := rows.Scan{Table: t, Limit: req.Limit}
	parts := t.Key
	whole := len(parts)
	if req.Index != "" && req.Index != "PRIMARY_KEY" {
		x, ok := t.Index(req.Index)
		if !ok {
			return rows.Scan{}, nil, notFound("Index not found on table %s: %s", t.Name, req.Index)
		}
		scan.Index, parts, whole = x, x.EntryKey(), len(x.Key)
	}
	var fields []value.Field
	for _, name := range req.Columns {
		col, ok := t.Column(name)
		if !ok {
			return rows.Scan{}, nil, notFound("Column not found in table %s: %s", t.Name, name)
		}
		if scan.Index != nil && !scan.Index.Covers(col.Ordinal) {
			return rows.Scan{}, nil, unsupported("Reading non-indexed column " + col.Name + " using index " + scan.Index.Name)
		}
		scan.Columns = append(scan.Columns, col.Ordinal)
		fields = append(fields, value.Field{Name: col.Name, Type: col.Type})
	}
	var err error
	scan.Ranges, err = keyRanges(t, parts, whole, req.KeySet)
	return scan, fields, err
}
