package server

import (
	"bytes"
	"context"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
)

// wholeToken is the partition token of the one partition there is: everything.
var wholeToken = []byte("whole")

// PartitionQuery implements the service: the query is one partition.
func (s *Server) PartitionQuery(ctx context.Context, req *spannerpb.PartitionQueryRequest) (*spannerpb.PartitionResponse, error) {
	sess, err := s.session(req.Session)
	if err != nil {
		return nil, err
	}
	a, err := s.openPartitioned(ctx, sess, req.Transaction)
	if err != nil {
		return nil, err
	}
	stmt, err := s.prepare(sess, a.reader.Catalog(), req.Sql, req.ParamTypes)
	if err != nil {
		return nil, err
	}
	if stmt.IsDML() {
		return nil, invalid("Only a query can be partitioned.")
	}
	return &spannerpb.PartitionResponse{
		Partitions: []*spannerpb.Partition{{PartitionToken: wholeToken}}, Transaction: a.begun,
	}, nil
}

// PartitionRead implements the service: the read is one partition.
func (s *Server) PartitionRead(ctx context.Context, req *spannerpb.PartitionReadRequest) (*spannerpb.PartitionResponse, error) {
	sess, err := s.session(req.Session)
	if err != nil {
		return nil, err
	}
	a, err := s.openPartitioned(ctx, sess, req.Transaction)
	if err != nil {
		return nil, err
	}
	scan, _, err := planRead(a.reader.Catalog(), &spannerpb.ReadRequest{
		Table: req.Table, Index: req.Index, Columns: req.Columns, KeySet: req.KeySet,
	})
	if err == nil {
		err = sess.mayRead(scan.Table, scan.Columns)
	}
	if err != nil {
		return nil, err
	}
	return &spannerpb.PartitionResponse{
		Partitions: []*spannerpb.Partition{{PartitionToken: wholeToken}}, Transaction: a.begun,
	}, nil
}

func (s *Server) openPartitioned(ctx context.Context, sess *session, selector *spannerpb.TransactionSelector) (*access, error) {
	a, err := s.open(ctx, sess, selector, resumeToken{})
	if err != nil {
		return nil, err
	}
	if a.txn != nil {
		s.drop(a)
		return nil, invalid("Partitioned reads and queries need a read-only transaction.")
	}
	return a, nil
}

func checkPartition(token []byte) error {
	if len(token) > 0 && !bytes.Equal(token, wholeToken) {
		return invalid("Invalid partition token.")
	}
	return nil
}
