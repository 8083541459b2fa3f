package migrate

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/spanner"
	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// ddl has Spanner execute the statements that are left as one operation, or waits for the
// one that a run before has begun.
func (r *Runner) ddl(ctx context.Context, l *lease, s Step, record *Record) error {
	d := l.database
	if State(record.State) == Running { // a run before was cut off
		op, err := d.operation(ctx, record.OperationId)
		switch {
		case err == nil:
			r.say(d, "%s: goes on with operation %s", s.Name, record.OperationId)
			return r.follow(ctx, l, s, record, op)
		case status.Code(err) != codes.NotFound:
			return err
		}
	} else {
		record.Attempt++
		record.State, record.Error = string(Running), ""
		record.OperationId = fmt.Sprintf("migration_%04d_%s_%d", s.Version, s.Checksum[:8], record.Attempt)
	}
	if err := l.save(ctx, *record); err != nil {
		return err
	}
	if err := r.begin(ctx, d, s, record); err != nil {
		if refused(err) {
			return r.fail(ctx, l, *record, s.left()[0], err)
		}
		return fmt.Errorf("whether %s has begun is not known; repeat the run to find out: %w", record.OperationId, err)
	}
	op, err := d.operation(ctx, record.OperationId)
	if err != nil {
		return fmt.Errorf("how far %s is cannot be read; repeat the run to find out: %w", record.OperationId, err)
	}
	return r.follow(ctx, l, s, record, op)
}

// begin begins a record's operation, unless it has been begun.
func (r *Runner) begin(ctx context.Context, d *Database, s Step, record *Record) error {
	_, err := d.Admin.UpdateDatabaseDdl(ctx, &databasepb.UpdateDatabaseDdlRequest{
		Database: d.Name, OperationId: record.OperationId, Statements: s.Statements[record.StatementsDone:],
	})
	if status.Code(err) == codes.AlreadyExists {
		return nil
	}
	return err
}

func (d *Database) operation(ctx context.Context, id string) (*longrunningpb.Operation, error) {
	return d.Admin.GetOperation(ctx, &longrunningpb.GetOperationRequest{Name: d.Name + "/operations/" + id})
}

// refused reports whether Spanner has said no, rather than nothing.
func refused(err error) bool {
	switch spanner.ErrCode(err) {
	case codes.InvalidArgument, codes.FailedPrecondition, codes.NotFound, codes.AlreadyExists, codes.OutOfRange,
		codes.PermissionDenied, codes.Unauthenticated, codes.Unimplemented:
		return true
	}
	return false
}

// maxPollInterval bounds the time between looks at an operation.
const maxPollInterval = 5 * time.Second

// follow waits for the end of an operation.
func (r *Runner) follow(ctx context.Context, l *lease, s Step, record *Record, op *longrunningpb.Operation) error {
	var said string
	for interval := r.PollInterval; ; interval = min(2*interval, maxPollInterval) {
		var progress databasepb.UpdateDatabaseDdlMetadata
		if err := op.GetMetadata().UnmarshalTo(&progress); err != nil {
			return fmt.Errorf("operation %s: %w", record.OperationId, err)
		}
		if op.Done {
			return r.finish(ctx, l, s, record, op, &progress)
		}
		if now := describe(&progress); now != said {
			said = now
			r.say(l.database, "%s: %s", s.Name, now)
		}
		if err := pause(ctx, interval); err != nil {
			return err
		}
		var err error
		if op, err = l.database.operation(ctx, record.OperationId); err != nil {
			return err
		}
	}
}

// describe says how far an operation is.
func describe(m *databasepb.UpdateDatabaseDdlMetadata) string {
	done := len(m.CommitTimestamps)
	text := fmt.Sprintf("%d of %s done", done, count(len(m.Statements), "statement"))
	if done < len(m.Progress) {
		text += fmt.Sprintf(", the next at %d%%", m.Progress[done].GetProgressPercent())
	}
	if m.Throttled {
		text += ", throttled by Spanner"
	}
	return text
}

// finish makes of an operation that has ended what became of the migration.
func (r *Runner) finish(ctx context.Context, l *lease, s Step, record *Record, op *longrunningpb.Operation, m *databasepb.UpdateDatabaseDdlMetadata) error {
	if op.GetError() == nil {
		return nil
	}
	left := s.left()
	done := min(len(m.CommitTimestamps), len(left)-1) // those committed stay
	record.StatementsDone += int64(done)
	return r.fail(ctx, l, *record, left[done], status.ErrorProto(op.GetError()))
}
