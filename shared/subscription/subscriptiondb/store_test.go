package subscriptiondb_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/money"
	"github.com/kwipper/kwipper/shared/period"
	"github.com/kwipper/kwipper/shared/saga/barrier"
	"github.com/kwipper/kwipper/shared/subscription"
	"github.com/kwipper/kwipper/shared/subscription/subscriptiondb"
)

var (
	ctx   = context.Background()
	start = time.Date(2027, 1, 31, 3, 0, 0, 0, time.UTC)
)

// service is the subscription service over a database of its own, at a time of its own.
type service struct {
	t     *testing.T
	store subscriptiondb.Store
	now   time.Time
}

func newService(t *testing.T) *service {
	return &service{t: t, store: subscriptiondb.Store{Client: spannertesting.NewDatabase(t, subscriptiondb.Schema()...)}, now: start}
}

// command is step of saga with body; a compensation has the name of what undoes the step.
func command(t *testing.T, saga, step, name string, body any) message.Command {
	encoded, err := json.Marshal(body)
	require.NoError(t, err)
	return message.Command{Version: 1, Saga: saga, Step: step, Service: message.Subscription, Name: name,
		Compensation: name != step, Country: "jp", StartTime: start, Body: encoded}
}

func (s *service) try(cmd message.Command) (message.Reply, error) {
	p := subscription.Participant{Store: s.store, Clock: clock.Fixed(s.now)}
	return p.Handle(ctx, cmd)
}

// must handles a command twice and returns its reply, which is the same both times.
func (s *service) must(saga, step, name string, body any) message.Reply {
	s.t.Helper()
	reply, err := s.try(command(s.t, saga, step, name, body))
	require.NoError(s.t, err)
	again, err := s.try(command(s.t, saga, step, name, body))
	require.NoError(s.t, err)
	require.Equal(s.t, reply, again)
	return reply
}

func validate(id, user, course string) message.ValidateSubscription {
	return message.ValidateSubscription{SubscriptionID: id, UserID: user, CourseID: course, Country: "jp",
		PaymentMethodID: "jp-method", Price: money.Of(980, money.JPY)}
}

func subscribe(t *testing.T, id string) message.Subscribe {
	tokyo, err := period.LoadZone("Asia/Tokyo")
	require.NoError(t, err)
	from, to := period.Bounds(start, tokyo, 0)
	return message.Subscribe{SubscriptionID: id, TimeZone: "Asia/Tokyo", Language: "ja", CourseTitle: "算数", Price: money.Of(980, money.JPY),
		InvoiceID: message.InvoiceID(id, 0), PaymentID: "jp-pay", AnchorTime: start, PeriodStart: from, PeriodEnd: to}
}

// active makes an active subscription by the commands of a saga named after it.
func (s *service) active(id, user, course string) subscription.Subscription {
	s.t.Helper()
	require.Equal(s.t, message.Done, s.must("saga-"+id, "ValidateSubscription", "ValidateSubscription", validate(id, user, course)).Outcome)
	require.Equal(s.t, message.Done, s.must("saga-"+id, "Subscribe", "Subscribe", subscribe(s.t, id)).Outcome)
	return s.get(id)
}

func (s *service) get(id string) subscription.Subscription {
	s.t.Helper()
	found, err := s.store.Get(ctx, id)
	require.NoError(s.t, err)
	return found
}

func TestFiftyReservationsAtOnceAreOne(t *testing.T) {
	s := newService(t)
	replies := make([]message.Reply, 50)
	var group sync.WaitGroup
	for i := range replies {
		group.Go(func() {
			id := fmt.Sprintf("jp-sub-%d", i)
			reply, err := s.try(command(t, "saga-"+id, "ValidateSubscription", "ValidateSubscription", validate(id, "jp-u", "jp-c")))
			assert.NoError(t, err)
			replies[i] = reply
		})
	}
	group.Wait()
	won := ""
	for i, r := range replies {
		if r.Outcome == message.Done {
			require.Empty(t, won, "two reservations of one course")
			won = fmt.Sprintf("jp-sub-%d", i)
			continue
		}
		assert.Equal(t, "ALREADY_SUBSCRIBED", r.Failure.Reason)
	}
	require.NotEmpty(t, won)
	list, err := s.store.List(ctx, "jp-u", subscription.Page{Limit: 100})
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Equal(t, won, list[0].ID)

	s.must("saga-x", "ValidateSubscription", "ValidateSubscription", validate("jp-x", "jp-u", "jp-other"))
	s.must("saga-y", "ValidateSubscription", "ValidateSubscription", validate("jp-y", "jp-v", "jp-c"))
}

func TestTheIndexRefusesASecondOpenSubscription(t *testing.T) {
	s := newService(t)
	s.active("jp-1", "jp-u", "jp-c")
	_, err := s.store.Client.Apply(ctx, []*spanner.Mutation{spanner.InsertMap("Subscriptions", map[string]any{
		"SubscriptionId": "jp-2", "UserId": "jp-u", "CourseId": "jp-c", "OpenCourseId": "jp-c", "Country": "jp", "PaymentMethodId": "m",
		"Currency": "JPY", "PriceMinor": 1, "State": "PENDING", "OperationId": "o", "Period": 0, "RenewAttempts": 0, "Shard": 0,
		"CreateTime": start, "UpdateTime": start,
	})})
	assert.Equal(t, codes.AlreadyExists, spanner.ErrCode(err))
}

func TestARowKeepsWhatTheModelSays(t *testing.T) {
	s := newService(t)
	pending := subscription.Reserve("saga", validate("jp-p", "jp-u", "jp-c"), start)
	_, err := s.store.Reserve(ctx, command(t, "saga", "ValidateSubscription", "ValidateSubscription", nil), pending)
	require.NoError(t, err)
	assert.Equal(t, pending, s.get("jp-p"))

	sub := s.active("jp-1", "jp-u", "jp-d")
	want := subscription.Reserve("saga-jp-1", validate("jp-1", "jp-u", "jp-d"), start)
	_, err = want.Activate("saga-jp-1", subscribe(t, "jp-1"), start)
	require.NoError(t, err)
	assert.Equal(t, want, sub)
	_, err = s.store.Get(ctx, "jp-none")
	assert.Equal(t, "SUBSCRIPTION_NOT_FOUND", fault.ReasonOf(err))
}

func TestAFailedSubscribeLeavesTheCourseFree(t *testing.T) {
	s := newService(t)
	s.active("jp-1", "jp-u", "jp-c")
	s.must("saga-jp-1", "Subscribe", "Unsubscribe", subscribe(t, "jp-1"))
	s.must("saga-jp-1", "ValidateSubscription", "ReleaseSubscription", validate("jp-1", "jp-u", "jp-c"))
	assert.Equal(t, subscription.Failed, s.get("jp-1").State)
	s.active("jp-2", "jp-u", "jp-c")
	late, err := s.try(command(t, "saga-jp-1", "Subscribe", "Subscribe", subscribe(t, "jp-1")))
	require.NoError(t, err)
	assert.Equal(t, message.Done, late.Outcome, "a duplicate gets what was answered")
	assert.Equal(t, subscription.Failed, s.get("jp-1").State)
}

func TestACompensationBeforeItsActionRefusesIt(t *testing.T) {
	s := newService(t)
	v := validate("jp-1", "jp-u", "jp-c")
	assert.Equal(t, message.Done, s.must("saga-1", "ValidateSubscription", "ReleaseSubscription", v).Outcome)
	late := s.must("saga-1", "ValidateSubscription", "ValidateSubscription", v)
	assert.Equal(t, barrier.ReasonCompensated, late.Failure.Reason)
	s.active("jp-2", "jp-u", "jp-c")

	r := message.Renewal{SubscriptionID: "jp-2", Period: 1, Attempt: 1}
	before := s.get("jp-2")
	s.must("renewal", "BeginRenewal", "FailRenewal", r)
	assert.Equal(t, message.Refused, s.must("renewal", "BeginRenewal", "BeginRenewal", r).Outcome)
	assert.Equal(t, before, s.get("jp-2"))
}

func TestConflictsWaitButForTheRefund(t *testing.T) {
	s := newService(t)
	sub := s.active("jp-1", "jp-u", "jp-c")
	s.now = sub.RenewTime
	r := message.Renewal{SubscriptionID: "jp-1", Period: 1, Attempt: 1}
	ref := message.SubscriptionRef{SubscriptionID: "jp-1", UserID: "jp-u", CourseID: "jp-c", InvoiceID: sub.InvoiceID}
	terms := s.must("renewal", "BeginRenewal", "BeginRenewal", r)
	require.Equal(t, message.Done, terms.Outcome)

	refused := s.must("refund", "BeginRefund", "BeginRefund", ref)
	assert.Equal(t, message.Refused, refused.Outcome)
	assert.Equal(t, "SUBSCRIPTION_BUSY", refused.Failure.Reason)
	assert.Equal(t, fault.Conflict.String(), refused.Failure.Kind)
	_, err := s.try(command(t, "other", "BeginRenewal", "BeginRenewal", r))
	assert.True(t, fault.Is(err, fault.Conflict), "another renewal waits: %v", err)

	s.must("renewal", "CompleteRenewal", "CompleteRenewal", r)
	over, err := s.try(command(t, "other", "BeginRenewal", "BeginRenewal", r))
	require.NoError(t, err)
	assert.Equal(t, "INVOICE_NOT_OPEN", over.Failure.Reason)
	assert.Equal(t, 1, s.get("jp-1").Period)
}

func TestRefundEndsAndFreesTheCourse(t *testing.T) {
	s := newService(t)
	sub := s.active("jp-1", "jp-u", "jp-c")
	ref := message.SubscriptionRef{SubscriptionID: "jp-1", UserID: "jp-u", CourseID: "jp-c", InvoiceID: sub.InvoiceID}
	require.Equal(t, message.Done, s.must("refund", "BeginRefund", "BeginRefund", ref).Outcome)
	require.Equal(t, message.Done, s.must("refund", "Unsubscribe", "Unsubscribe", ref).Outcome)
	assert.Equal(t, subscription.Ended, s.get("jp-1").State)
	s.active("jp-2", "jp-u", "jp-c")
}

func TestMalformedAndUnknownCommandsAreFinal(t *testing.T) {
	s := newService(t)
	for _, cmd := range []message.Command{
		command(t, "saga", "Dance", "Dance", nil), command(t, "saga", "BeginRefund", "BeginRefund", []int{1}),
		command(t, "saga", "ValidateSubscription", "ValidateSubscription", "x"),
	} {
		_, err := s.try(cmd)
		assert.True(t, fault.Final(err), "%v", err)
	}
	reply := s.must("saga", "BeginEnd", "BeginEnd", message.SubscriptionRef{SubscriptionID: "jp-none"})
	assert.Equal(t, "SUBSCRIPTION_NOT_FOUND", reply.Failure.Reason)
}

func TestChangeOnceHappensOnce(t *testing.T) {
	s := newService(t)
	s.active("jp-1", "jp-u", "jp-c")
	key := idempotency.NewKey("uid", "CancelSubscription", "jp", "k", "/p", []byte(`{}`))
	count := 0
	change := func(sub *subscription.Subscription) error {
		count++
		_, err := sub.Cancel(subscription.PeriodEnd, start.Add(time.Duration(count)*time.Hour))
		return err
	}
	first, err := s.store.ChangeOnce(ctx, key, "jp-1", change)
	require.NoError(t, err)
	require.NoError(t, s.store.Amend(ctx, "jp-1", func(sub *subscription.Subscription) { sub.CourseTitle = "new" }))
	again, err := s.store.ChangeOnce(ctx, key, "jp-1", change)
	require.NoError(t, err)
	assert.Equal(t, 1, count)
	assert.Equal(t, first.CancelTime, again.CancelTime)
	assert.Equal(t, "new", again.CourseTitle, "a repetition gets it as it is now")
	_, err = s.store.ChangeOnce(ctx, idempotency.NewKey("uid", "CancelSubscription", "jp", "k", "/p", []byte(`{"mode":1}`)), "jp-1", change)
	assert.Equal(t, "IDEMPOTENCY_KEY_REUSED", fault.ReasonOf(err))
}
