package barrier_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/saga/barrier"
)

// service is a participant whose effect is to count.
type service struct {
	t      *testing.T
	client *spanner.Client
	tries  atomic.Int64 // of the effect
	fail   error
}

func newService(t *testing.T) *service {
	return &service{t: t, client: spannertesting.NewDatabase(t, barrier.Schema,
		`CREATE TABLE Counts (Id STRING(8) NOT NULL, N INT64 NOT NULL) PRIMARY KEY (Id)`)}
}

func action(step string) message.Command {
	return message.Command{Version: 1, Saga: "jp-1", Step: step, Service: "user", Name: "Do" + step,
		Country: "jp", StartTime: time.Unix(0, 0).UTC(), Body: json.RawMessage(`{"a":1}`)}
}

func compensation(step string) message.Command {
	c := action(step)
	c.Name, c.Compensation = "Undo"+step, true
	return c
}

func attempt(c message.Command, n int) message.Command {
	c.Attempt = n
	return c
}

// run has the command counted, up for an action and down for a compensation.
func (s *service) run(c message.Command) (message.Reply, error) {
	by := int64(1)
	if c.Compensation {
		by = -1
	}
	return barrier.Run(context.Background(), s.client, c, func(ctx context.Context, txn *spanner.ReadWriteTransaction) (any, error) {
		s.tries.Add(1)
		n, err := s.read(ctx, txn)
		if err != nil {
			return nil, err
		}
		err = txn.BufferWrite([]*spanner.Mutation{spanner.InsertOrUpdate("Counts", []string{"Id", "N"}, []any{"n", n + by})})
		if err == nil {
			err = s.fail
		}
		return map[string]int64{"n": n + by}, err
	})
}

func (s *service) must(c message.Command) message.Reply {
	s.t.Helper()
	reply, err := s.run(c)
	require.NoError(s.t, err)
	assert.Equal(s.t, c.Saga, reply.Saga)
	assert.Equal(s.t, c.Step, reply.Step)
	assert.Equal(s.t, c.Compensation, reply.Compensation)
	assert.Equal(s.t, c.Attempt, reply.Attempt)
	return reply
}

type reader interface {
	ReadRow(ctx context.Context, table string, key spanner.Key, columns []string) (*spanner.Row, error)
}

func (s *service) read(ctx context.Context, from reader) (int64, error) {
	row, err := from.ReadRow(ctx, "Counts", spanner.Key{"n"}, []string{"N"})
	if errors.Is(err, spanner.ErrRowNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	var n int64
	return n, row.Columns(&n)
}

func (s *service) count() int64 {
	s.t.Helper()
	n, err := s.read(context.Background(), s.client.Single())
	require.NoError(s.t, err)
	return n
}

func TestRunAppliesTheEffectOnceAndAnswersDuplicates(t *testing.T) {
	s := newService(t)
	first := s.must(action("A"))
	assert.Equal(t, message.Done, first.Outcome)
	assert.JSONEq(t, `{"n":1}`, string(first.Body))
	assert.Equal(t, first, s.must(action("A")))
	assert.Equal(t, int64(1), s.count())
	assert.Equal(t, int64(1), s.tries.Load())
	s.must(action("B"))
	other := action("A")
	other.Saga = "jp-2"
	s.must(other)
	assert.Equal(t, int64(3), s.count(), "other steps and sagas are others")
}

func TestRunOfManyAtOnceAppliesTheEffectOnce(t *testing.T) {
	s := newService(t)
	var group sync.WaitGroup
	replies := make([]message.Reply, 20)
	for i := range replies {
		group.Go(func() {
			reply, err := s.run(action("A"))
			assert.NoError(t, err)
			replies[i] = reply
		})
	}
	group.Wait()
	for _, r := range replies {
		assert.Equal(t, replies[0], r)
	}
	assert.Equal(t, int64(1), s.count())
}

func TestRefusalIsRecordedAndKeepsNothing(t *testing.T) {
	s := newService(t)
	s.fail = fault.New(fault.FailedPrecondition, "COURSE_FULL", "it is full").With("course", "jp-c")
	reply := s.must(action("A"))
	assert.Equal(t, message.Refused, reply.Outcome)
	assert.Equal(t, &message.Failure{Step: "A", Kind: "failed precondition", Reason: "COURSE_FULL", Message: "it is full",
		Metadata: map[string]string{"course": "jp-c"}}, reply.Failure)
	s.fail = nil
	assert.Equal(t, reply, s.must(action("A")), "a refusal is for good")
	assert.Zero(t, s.count())
	assert.Equal(t, message.Done, s.must(compensation("A")).Outcome)
	assert.Zero(t, s.count(), "a refused action has nothing to undo")
}

func TestRefuseRecordsWhatWouldBeTriedAgain(t *testing.T) {
	s := newService(t)
	s.fail = barrier.Refuse(fault.New(fault.Conflict, "SUBSCRIPTION_BUSY", "a renewal is under way"))
	reply := s.must(action("A"))
	assert.Equal(t, "conflict", reply.Failure.Kind)
	s.fail = nil
	assert.Equal(t, reply, s.must(action("A")))
	unknown := errors.New("lightning")
	assert.Equal(t, unknown, barrier.Refuse(unknown))
}

func TestUnknownErrorLeavesNoTrace(t *testing.T) {
	s := newService(t)
	for _, err := range []error{errors.New("lightning"), fault.New(fault.Unavailable, "UNAVAILABLE", "later"),
		fault.New(fault.Conflict, "SUBSCRIPTION_BUSY", "later")} {
		s.fail = err
		_, got := s.run(action("A"))
		require.ErrorIs(t, got, err)
		assert.False(t, fault.Final(got))
	}
	s.fail = nil
	assert.Equal(t, message.Done, s.must(action("A")).Outcome)
	assert.Equal(t, int64(1), s.count())
}

func TestCompensationUndoesOnce(t *testing.T) {
	s := newService(t)
	s.must(action("A"))
	first := s.must(compensation("A"))
	assert.Equal(t, first, s.must(compensation("A")))
	assert.Zero(t, s.count())
	assert.Equal(t, message.Done, s.must(action("A")).Outcome, "a late duplicate gets what was answered")
	assert.Zero(t, s.count())
}

func TestCompensationBeforeItsActionRefusesTheLateAction(t *testing.T) {
	s := newService(t)
	assert.Equal(t, message.Done, s.must(compensation("A")).Outcome)
	late := s.must(action("A"))
	assert.Equal(t, message.Refused, late.Outcome)
	assert.Equal(t, barrier.ReasonCompensated, late.Failure.Reason)
	assert.Equal(t, late, s.must(action("A")))
	assert.Equal(t, message.Done, s.must(compensation("A")).Outcome)
	assert.Zero(t, s.tries.Load())
}

func TestActionAndCompensationAtOnceLeaveNothing(t *testing.T) {
	s := newService(t)
	var group sync.WaitGroup
	for range 5 {
		for _, c := range []message.Command{action("A"), compensation("A")} {
			group.Go(func() {
				_, err := s.run(c)
				assert.NoError(t, err)
			})
		}
	}
	group.Wait()
	assert.Zero(t, s.count())
}

func TestOnlyAHigherAttemptIsTriedAgain(t *testing.T) {
	s := newService(t)
	s.must(action("A"))
	s.fail = fault.New(fault.FailedPrecondition, "NOT_TODAY", "no")
	refused := s.must(compensation("A"))
	assert.Equal(t, message.Refused, refused.Outcome)
	s.fail = nil
	assert.Equal(t, refused, s.must(compensation("A")))
	assert.Equal(t, message.Done, s.must(attempt(compensation("A"), 1)).Outcome)
	assert.Zero(t, s.count())
	assert.Equal(t, message.Done, s.must(attempt(compensation("A"), 2)).Outcome)
	assert.Zero(t, s.count())
}
