package barrier_test

import (
	"context"
	"testing"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/saga/barrier"
)

func (s *service) start(c message.Command) (turn barrier.Turn, reply message.Reply) {
	s.t.Helper()
	_, err := s.client.ReadWriteTransaction(context.Background(), func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		var err error
		turn, reply, err = barrier.Start(ctx, txn, c)
		return err
	})
	require.NoError(s.t, err)
	return turn, reply
}

func (s *service) finish(c message.Command, with message.Reply) (reply message.Reply) {
	s.t.Helper()
	_, err := s.client.ReadWriteTransaction(context.Background(), func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		var err error
		reply, err = barrier.Finish(ctx, txn, c, with)
		return err
	})
	require.NoError(s.t, err)
	return reply
}

func (s *service) load(c message.Command) (entry barrier.Entry, found bool) {
	s.t.Helper()
	_, err := s.client.ReadWriteTransaction(context.Background(), func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		var err error
		entry, found, err = barrier.Load(ctx, txn, c.Saga, c.Step, c.Compensation)
		return err
	})
	require.NoError(s.t, err)
	return entry, found
}

func done(t *testing.T, c message.Command, body any) message.Reply {
	t.Helper()
	reply, err := c.Reply(body)
	require.NoError(t, err)
	return reply
}

func refused(c message.Command) message.Reply {
	return barrier.Refusal(c, fault.New(fault.FailedPrecondition, "CARD_DECLINED", "no"))
}

func TestOutsideStepIsStartedOnceAndThenAnswered(t *testing.T) {
	s := newService(t)
	pay := action("Pay")
	_, found := s.load(pay)
	assert.False(t, found)
	turn, _ := s.start(pay)
	assert.Equal(t, barrier.First, turn)
	turn, _ = s.start(pay)
	assert.Equal(t, barrier.Again, turn, "the call may have been made")
	entry, found := s.load(pay)
	assert.True(t, found)
	assert.Equal(t, barrier.Started, entry.Status)
	assert.Equal(t, pay, entry.Command, "a webhook makes the reply of it")

	waiting, err := pay.Wait(message.WaitingInfo{NextAction: &message.NextAction{Type: "REDIRECT"}})
	require.NoError(t, err)
	assert.Equal(t, waiting, s.finish(pay, waiting))
	turn, reply := s.start(pay)
	assert.Equal(t, barrier.Answered, turn)
	assert.Equal(t, waiting, reply)

	paid := done(t, entry.Command, map[string]string{"paymentId": "p"})
	assert.Equal(t, paid, s.finish(entry.Command, paid))
	assert.Equal(t, paid, s.finish(pay, refused(pay)), "the first outcome stays")
	turn, reply = s.start(pay)
	assert.Equal(t, barrier.Answered, turn)
	assert.Equal(t, paid, reply)
	entry, _ = s.load(pay)
	assert.Equal(t, pay, entry.Command, "finishing keeps the command")
	assert.True(t, entry.Final())
}

func TestCompensationOfAnOutsideStep(t *testing.T) {
	pay, refund := action("Pay"), compensation("Pay")
	for name, c := range map[string]struct {
		before func(s *service)
		want   barrier.Turn
	}{
		"before its action":           {func(*service) {}, barrier.Answered},
		"while the gateway is called": {func(s *service) { s.start(pay) }, barrier.First},
		"while the learner is waited for": {func(s *service) {
			s.start(pay)
			waiting, err := pay.Wait(message.WaitingInfo{})
			require.NoError(t, err)
			s.finish(pay, waiting)
		}, barrier.First},
		"after a charge":  {func(s *service) { s.start(pay); s.finish(pay, done(t, pay, nil)) }, barrier.First},
		"after a decline": {func(s *service) { s.start(pay); s.finish(pay, refused(pay)) }, barrier.Answered},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t)
			c.before(s)
			turn, reply := s.start(refund)
			assert.Equal(t, c.want, turn)
			if turn == barrier.Answered {
				assert.Equal(t, message.Done, reply.Outcome)
			}
			again, _ := s.start(refund)
			assert.NotEqual(t, barrier.First, again)
		})
	}
}

func TestActionMayStillEndAfterItsCompensationHasStarted(t *testing.T) {
	s := newService(t)
	pay, refund := action("Pay"), compensation("Pay")
	s.start(pay)
	s.start(refund)
	paid := done(t, pay, nil)
	assert.Equal(t, paid, s.finish(pay, paid))
	returned := done(t, refund, map[string]int{"returned": 1})
	assert.Equal(t, returned, s.finish(refund, returned))
	turn, reply := s.start(refund)
	assert.Equal(t, barrier.Answered, turn)
	assert.Equal(t, returned, reply)
}

func TestActionThatComesAfterItsCompensationIsNotStarted(t *testing.T) {
	s := newService(t)
	s.start(compensation("Pay"))
	turn, reply := s.start(action("Pay"))
	assert.Equal(t, barrier.Answered, turn)
	assert.Equal(t, barrier.ReasonCompensated, reply.Failure.Reason)
}

func TestOperatorsAttemptStartsARefusedStepAgain(t *testing.T) {
	s := newService(t)
	back := action("Return")
	s.start(back)
	s.finish(back, refused(back))
	again := attempt(back, 1)
	turn, _ := s.start(again)
	assert.Equal(t, barrier.First, turn)
	turn, _ = s.start(again)
	assert.Equal(t, barrier.Again, turn)
	paid := done(t, again, nil)
	assert.Equal(t, paid, s.finish(again, paid))
}
