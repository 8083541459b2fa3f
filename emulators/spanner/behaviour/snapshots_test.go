package behaviour_test

import (
	"testing"
	"time"

	"cloud.google.com/go/spanner/apiv1/spannerpb"
	"github.com/stretchr/testify/assert"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

type readOnly = spannerpb.TransactionOptions_ReadOnly

func notBefore(at time.Time) *readOnly {
	return &readOnly{TimestampBound: &spannerpb.TransactionOptions_ReadOnly_MinReadTimestamp{MinReadTimestamp: timestamppb.New(at)}}
}

func maxStaleness(d time.Duration) *readOnly {
	return &readOnly{TimestampBound: &spannerpb.TransactionOptions_ReadOnly_MaxStaleness{MaxStaleness: durationpb.New(d)}}
}

func exactStaleness(d time.Duration) *readOnly {
	return &readOnly{TimestampBound: &spannerpb.TransactionOptions_ReadOnly_ExactStaleness{ExactStaleness: durationpb.New(d)}}
}

// TestSnapshotReads follows snapshot_reads.cc. Where that sleeps for the past to
// become past, these read at the times of commits.
func TestSnapshotReads(t *testing.T) {
	first, second := apply(insert("Users", "ID Name", row(1, "a"))), apply(insert("Users", "ID Name", row(2, "b")))
	both := []string{"1 a", "2 b"}
	users := func(o *readOnly) call { return readAs(o, "Users", "ID Name", allKeys()) }
	between := custom("at the first commit", func(r *run) error {
		at, err := time.Parse(time.RFC3339Nano, r.stamp)
		second.run(r)
		users(readAt(at)).gives("1 a").run(r)
		users(exactStaleness(time.Since(at))).gives("1 a").run(r)
		users(notBefore(at)).gives(both...).run(r)
		return err
	})
	waits := func(o func(time.Time) *readOnly) call {
		return custom("wait", func(r *run) error {
			start := time.Now()
			users(o(start.Add(50 * time.Millisecond))).gives(both...).run(r)
			assert.GreaterOrEqual(r.t, time.Since(start), 50*time.Millisecond)
			return nil
		})
	}
	far := time.Now().Add(2 * time.Hour)
	show(t, usersDDL,
		behaviour{"bounded staleness", []step{first, second,
			users(notBefore(time.Now().Add(-10 * time.Minute))).gives(both...), users(maxStaleness(10 * time.Minute)).gives(both...),
			users(maxStaleness(-time.Second)).fails(codes.InvalidArgument)}},
		behaviour{"exact times", []step{first, between}},
		behaviour{"a time to come is waited for", []step{first, second, waits(readAt), waits(notBefore)}},
		behaviour{"not for hours", []step{
			users(readAt(far)).fails(codes.DeadlineExceeded), users(notBefore(far)).fails(codes.DeadlineExceeded),
			askAs(readAt(far), "SELECT ID FROM Users").fails(codes.DeadlineExceeded), askAs(notBefore(far), "SELECT ID FROM Users").fails(codes.DeadlineExceeded)}},
		behaviour{"a dropped table is read as of before", []step{
			alter("CREATE TABLE Gone (ID INT64) PRIMARY KEY (ID)"), apply(insert("Gone", "ID", row(1))), custom("read", func(r *run) error {
				at, err := time.Parse(time.RFC3339Nano, r.stamp)
				alter("DROP TABLE Gone").run(r)
				readAs(readAt(at), "Gone", "ID", allKeys()).gives("1").run(r)
				read("Gone", "ID", allKeys()).fails(codes.NotFound).run(r)
				return err
			})}},
		behaviour{"bounds that may move are for a single use", []step{custom("begin", func(r *run) error {
			_, err := r.calls.BeginTransaction(r.context(), &spannerpb.BeginTransactionRequest{Session: r.session,
				Options: &spannerpb.TransactionOptions{Mode: &spannerpb.TransactionOptions_ReadOnly_{ReadOnly: maxStaleness(time.Second)}}})
			return err
		}).fails(codes.InvalidArgument)}},
	)
}
