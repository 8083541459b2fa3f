package server

import (
	"context"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/protobuf/proto"

	"github.com/kwipper/kwipper/emulators/spanner/internal/query"
	"github.com/kwipper/kwipper/emulators/spanner/internal/rows"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// PartitionQuery implements the service: the query's rows are split by key.
func (s *Server) PartitionQuery(ctx context.Context, req *spannerpb.PartitionQueryRequest) (*spannerpb.PartitionResponse, error) {
	sess, a, split, err := s.openPartitioned(ctx, req.Session, req.Transaction, req.PartitionOptions)
	if err != nil {
		return nil, err
	}
	stmt, err := s.prepare(sess, a.reader.Catalog(), req.Sql, req.ParamTypes)
	if err != nil {
		return nil, err
	}
	bound, err := stmt.Bind(req.Params, s.options(sess, a))
	if err != nil {
		return nil, err
	}
	if err := bound.EachKey(ctx, a.reader, split.add); err != nil {
		return nil, err
	}
	return split.response(a, req.Session, req.Transaction, fingerprint(req.Sql, req.Params)), nil
}

// PartitionRead implements the service.
func (s *Server) PartitionRead(ctx context.Context, req *spannerpb.PartitionReadRequest) (*spannerpb.PartitionResponse, error) {
	sess, a, split, err := s.openPartitioned(ctx, req.Session, req.Transaction, req.PartitionOptions)
	if err != nil {
		return nil, err
	}
	read := &spannerpb.ReadRequest{Table: req.Table, Index: req.Index, Columns: req.Columns, KeySet: req.KeySet}
	scan, _, err := planRead(a.reader.Catalog(), read)
	if err == nil {
		err = sess.mayRead(scan.Table, scan.Columns)
	}
	if err != nil {
		return nil, err
	}
	parts := scan.Table.Key
	if scan.Index != nil {
		parts = scan.Index.EntryKey()
	}
	for _, part := range parts {
		scan.Columns = append(scan.Columns, part.Column)
	}
	it := a.reader.Scan(ctx, scan)
	defer it.Close()
	for it.Next() {
		row := it.Row()
		var key []byte
		for _, part := range parts {
			key = value.AppendKey(key, row[part.Column], part.Desc)
		}
		split.add(key, row)
	}
	if err := it.Err(); err != nil {
		return nil, err
	}
	return split.response(a, req.Session, req.Transaction, readFingerprint(read)), nil
}

// readFingerprint tells reads apart by what they read.
func readFingerprint(req *spannerpb.ReadRequest) string {
	only := &spannerpb.ReadRequest{Table: req.Table, Index: req.Index, Columns: req.Columns, KeySet: req.KeySet}
	text, _ := proto.MarshalOptions{Deterministic: true}.Marshal(only) // was just unmarshalled
	return string(text)
}

func (s *Server) openPartitioned(ctx context.Context, name string, selector *spannerpb.TransactionSelector, o *spannerpb.PartitionOptions) (*session, *access, *splitter, error) {
	sess, err := s.session(name)
	if err != nil {
		return nil, nil, nil, err
	}
	switch {
	case o.GetPartitionSizeBytes() < 0:
		err = invalid("Invalid partition_options: bytes per batch must be greater than zero.")
	case o.GetMaxPartitions() < 0:
		err = invalid("Invalid partition_options: max partition count must be greater than zero.")
	case selector.GetBegin() == nil && len(selector.GetId()) == 0:
		err = invalid("Partition reads may not be performed in single-use transactions, since the response needs to be reused.")
	case selector.GetBegin() != nil && selector.GetBegin().GetReadOnly() == nil:
		err = invalid("Partitioned reads can only be performed in a read-only transaction.")
	}
	if err != nil {
		return nil, nil, nil, err
	}
	a, err := s.open(ctx, sess, selector, resumeToken{})
	if err != nil {
		return nil, nil, nil, err
	}
	if a.txn != nil {
		s.drop(a)
		return nil, nil, nil, invalid("Partitioned reads can only be performed in a read-only transaction.")
	}
	return sess, a, newSplitter(o), nil
}

var errPartPlanned = invalid("Query modes returning query plan and profile information cannot be used with partitioned queries.")

// partOf returns the part of a query's rows that a call asks for.
func partOf(req *spannerpb.ExecuteSqlRequest) (query.KeyRange, error) {
	if req.QueryMode == spannerpb.ExecuteSqlRequest_PROFILE {
		return query.KeyRange{}, errPartPlanned
	}
	start, end, err := openToken(req.PartitionToken, req.Session, req.Transaction.GetId(), fingerprint(req.Sql, req.Params))
	return query.KeyRange{Start: start, End: end}, err
}

// clipRead restricts a read to the part that its token names, if it has one.
func clipRead(scan *rows.Scan, req *spannerpb.ReadRequest) error {
	if len(req.PartitionToken) == 0 {
		return nil
	}
	if req.Limit != 0 {
		return invalid("A limit cannot be used when a partition_token is specified.")
	}
	start, end, err := openToken(req.PartitionToken, req.Session, req.Transaction.GetId(), readFingerprint(req))
	if err != nil {
		return err
	}
	scan.Ranges = rows.Clip(scan.Ranges, start, end)
	return nil
}
