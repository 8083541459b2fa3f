package server

import (
	"strconv"
	"time"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/kwipper/kwipper/emulators/spanner/internal/query"
)

// statistics tells how a statement was run, as its query mode asks; nil for
// NORMAL.
func statistics(req *spannerpb.ExecuteSqlRequest, stmt *query.Statement, returned, scanned int64, elapsed time.Duration) *spannerpb.ResultSetStats {
	out := &spannerpb.ResultSetStats{}
	switch req.QueryMode {
	case spannerpb.ExecuteSqlRequest_PROFILE, spannerpb.ExecuteSqlRequest_WITH_PLAN_AND_STATS:
		out.QueryPlan = stmt.Plan()
	case spannerpb.ExecuteSqlRequest_WITH_STATS:
	default:
		return nil
	}
	text := structpb.NewStringValue
	out.QueryStats = &structpb.Struct{Fields: map[string]*structpb.Value{
		"query_text":    text(req.Sql),
		"elapsed_time":  text(strconv.FormatFloat(float64(elapsed)/float64(time.Millisecond), 'f', 3, 64) + " msecs"),
		"rows_returned": text(strconv.FormatInt(returned, 10)),
		"rows_scanned":  text(strconv.FormatInt(scanned, 10)),
	}}
	return out
}
