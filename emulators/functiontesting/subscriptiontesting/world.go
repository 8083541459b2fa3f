// Package subscriptiontesting gives tests of the Subscription service's functions
// subscriptions to work on, and Cloud Tasks that call event functions.
package subscriptiontesting

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/iterator"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/money"
	"github.com/kwipper/kwipper/shared/period"
	"github.com/kwipper/kwipper/shared/platform/auth"
	"github.com/kwipper/kwipper/shared/platform/auth/authtest"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
	"github.com/kwipper/kwipper/shared/subscription"
	"github.com/kwipper/kwipper/shared/subscription/subscriptiondb"
)

// World is the Subscription service with a learner and another one.
type World struct {
	Issuer         *authtest.Issuer // of user tokens
	Services       *authtest.Issuer // of the tokens of pushes and tasks
	Store          subscriptiondb.Store
	LearnerID      string
	Learner, Other string // tokens
	sagas          *spanner.Client
}

// New makes a world. Its people are new, so that worlds in one process keep apart.
func New(t testing.TB) *World {
	t.Helper()
	// Functions keep what they read of these beyond one test.
	for name, value := range map[string]string{
		"PAGE_TOKEN_KEY": "a key for tests, 16 bytes at least", "RETURN_URI_ALLOWLIST": "https://app.example",
		"TASK_QUEUES": "renewals-0,renewals-1",
	} {
		require.NoError(t, os.Setenv(name, value))
	}
	issuer, services := authtest.New(t), authtest.New(t)
	issuer.UseForUsers(t)
	services.UseForServices(t)
	w := &World{
		Issuer: issuer, Services: services, Store: subscriptiondb.Store{Client: functiontesting.Database(t, "subscription", subscriptiondb.Schema())},
		sagas: functiontesting.Database(t, "saga", sagadb.Schema()), LearnerID: "jp-" + uuid.NewString(),
	}
	w.Learner = issuer.User(t, w.LearnerID, auth.RoleLearner)
	w.Other = issuer.User(t, "jp-"+uuid.NewString(), auth.RoleLearner)
	return w
}

// Command returns a command to the service with a saga of its own.
func Command(t testing.TB, name string, body any) message.Command {
	t.Helper()
	encoded, err := json.Marshal(body)
	require.NoError(t, err)
	return message.Command{Version: 1, Saga: "jp-" + uuid.NewString(), Step: name, Service: message.Subscription, Name: name,
		Country: "jp", StartTime: time.Now().UTC(), Body: encoded}
}

func (w *World) handle(t testing.TB, cmd message.Command) {
	t.Helper()
	p := subscription.Participant{Store: w.Store, Clock: clock.Wall{}}
	reply, err := p.Handle(t.Context(), cmd)
	require.NoError(t, err)
	require.Equal(t, message.Done, reply.Outcome, "%+v", reply.Failure)
}

// Pending makes a subscription of the learner's to a course of its own, not yet paid. The
// command is the one that reserved it.
func (w *World) Pending(t testing.TB) (subscription.Subscription, message.Command) {
	t.Helper()
	v := message.ValidateSubscription{SubscriptionID: "jp-" + uuid.NewString(), UserID: w.LearnerID, CourseID: "jp-" + uuid.NewString(),
		Country: "jp", PaymentMethodID: "jp-" + uuid.NewString(), Price: money.Of(1480, money.JPY)}
	cmd := Command(t, message.ValidateSubscriptionCommand, v)
	w.handle(t, cmd)
	return w.Get(t, v.SubscriptionID), cmd
}

// Active makes a paid subscription of the learner's to a course of its own.
func (w *World) Active(t testing.TB) subscription.Subscription {
	t.Helper()
	s, reserved := w.Pending(t)
	tokyo, err := period.LoadZone("Asia/Tokyo")
	require.NoError(t, err)
	now := time.Now().UTC()
	from, to := period.Bounds(now, tokyo, 0)
	cmd := Command(t, message.SubscribeCommand, message.Subscribe{
		SubscriptionID: s.ID, UserID: s.UserID, CourseID: s.CourseID, Country: "jp", TimeZone: "Asia/Tokyo", Language: "ja",
		CourseTitle: "日本語会話", InvoiceID: message.InvoiceID(s.ID, 0), PaymentID: "jp-p", AnchorTime: now, PeriodStart: from, PeriodEnd: to,
	})
	cmd.Saga = reserved.Saga
	w.handle(t, cmd)
	return w.Get(t, s.ID)
}

// Due makes an active subscription whose renewal is due now.
func (w *World) Due(t testing.TB) subscription.DueRenewal {
	t.Helper()
	s, now := w.Active(t), time.Now().UTC().Add(-time.Second)
	require.NoError(t, w.Store.Amend(t.Context(), s.ID, func(s *subscription.Subscription) { s.RenewTime = now }))
	return subscription.DueRenewal{SubscriptionID: s.ID, Period: 1, Attempt: 1, RenewTime: now}
}

// Get reads a subscription.
func (w *World) Get(t testing.TB, id string) subscription.Subscription {
	t.Helper()
	s, err := w.Store.Get(t.Context(), id)
	require.NoError(t, err)
	return s
}

// Sagas returns the ids of all sagas.
func (w *World) Sagas(t testing.TB) []string {
	t.Helper()
	rows := w.sagas.Single().Read(t.Context(), "Sagas", spanner.AllKeys(), []string{"SagaId"})
	defer rows.Stop()
	ids := []string{}
	for {
		row, err := rows.Next()
		if errors.Is(err, iterator.Done) {
			return ids
		}
		require.NoError(t, err)
		var id string
		require.NoError(t, row.Columns(&id))
		ids = append(ids, id)
	}
}

// Path returns the path of the learner's subscriptions with what follows it.
func (w *World) Path(format string, args ...any) string {
	return "/v1/users/" + w.LearnerID + "/subscriptions" + fmt.Sprintf(format, args...)
}
