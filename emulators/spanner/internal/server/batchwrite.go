package server

import (
	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// BatchWrite implements the service: each group of mutations is a transaction
// of its own, answered as soon as it is committed or refused.
func (s *Server) BatchWrite(req *spannerpb.BatchWriteRequest, stream spannerpb.Spanner_BatchWriteServer) error {
	sess, err := s.session(req.Session)
	if err != nil {
		return err
	}
	if len(req.MutationGroups) == 0 {
		return invalid("BatchWrite needs mutation groups.")
	}
	for i, group := range req.MutationGroups {
		if len(group.Mutations) == 0 {
			return invalid("Mutation group %d has no mutations.", i)
		}
	}
	for i, group := range req.MutationGroups {
		var result committed
		err := sess.mayMutate(sess.database.layout().Catalog(), group.Mutations)
		if err == nil {
			result, err = s.commitSingleUse(stream.Context(), sess, group.Mutations)
		}
		if stream.Context().Err() != nil {
			return stream.Context().Err()
		}
		resp := &spannerpb.BatchWriteResponse{Indexes: []int32{int32(i)}, Status: status.Convert(toStatus(err)).Proto()}
		if err == nil {
			resp.CommitTimestamp = timestamppb.New(result.at.Time())
		}
		if err := stream.Send(resp); err != nil {
			return err
		}
	}
	return nil
}
