// Package billingtesting gives tests of the Billing service's functions a learner, cards
// and invoices, over the emulated Spanner and Stripe.
package billingtesting

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"cloud.google.com/go/spanner"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	emulator "github.com/kwipper/kwipper/emulators/stripe"
	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/billing/billingdb"
	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/money"
	"github.com/kwipper/kwipper/shared/payment/stripe"
	"github.com/kwipper/kwipper/shared/platform/auth"
	"github.com/kwipper/kwipper/shared/platform/auth/authtest"
	"github.com/kwipper/kwipper/shared/platform/pubsubclient/pubsubtest"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
)

// WebhookSecret signs the events of the emulated Stripe.
const WebhookSecret = "whsec_functions"

// ReturnURI is an address that payment pages may lead back to.
const ReturnURI = "https://app.example/paid"

// World is the Billing service with a learner and a stranger. A function keeps its clients:
// make one world in a test process.
type World struct {
	Issuer            *authtest.Issuer // of users' tokens
	Services          *authtest.Issuer // of the tokens of Pub/Sub and Cloud Tasks
	Database          *spanner.Client
	Store             billingdb.Store
	Stripe            *emulator.Server
	PubSub            *pubsubtest.Server
	LearnerID         string
	Learner, Stranger string // tokens
	wallet            *billing.Wallet
	participant       *billing.Participant
	tasks             *tasks
}

// New makes the world and sets the environment of the functions for the rest of the test.
func New(t testing.TB) *World {
	t.Helper()
	database := functiontesting.Database(t, "billing", billingdb.Schema())
	functiontesting.Database(t, "saga", sagadb.Schema())
	server, err := emulator.Start(context.Background(), emulator.Options{Addr: "127.0.0.1:0"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	gateway, err := stripe.New(stripe.Options{APIKey: "sk_test_functions", BaseURL: server.URL()})
	require.NoError(t, err)
	store, now := billingdb.Store{Client: database}, clock.Wall{}
	w := &World{
		Issuer: authtest.New(t), Services: authtest.New(t), Database: database, Store: store, Stripe: server, PubSub: pubsubtest.New(t),
		LearnerID: "jp-" + uuid.NewString(), tasks: newTasks(t),
		wallet: &billing.Wallet{Store: store, Gateway: gateway, Clock: now},
	}
	driver := &billing.Driver{Store: store, Gateway: gateway, Tasks: nobody{}, Clock: now}
	w.participant = &billing.Participant{Store: store, Driver: driver, Replies: nobody{}, Clock: now}
	w.Issuer.UseForUsers(t)
	w.Services.UseForServices(t)
	w.Learner = w.Issuer.User(t, w.LearnerID, auth.RoleLearner)
	w.Stranger = w.Issuer.User(t, "jp-"+uuid.NewString(), auth.RoleLearner, auth.RoleTutor)
	for name, value := range map[string]string{
		"STRIPE_SECRET_KEY": "sk_test_functions", "STRIPE_WEBHOOK_SECRETS": WebhookSecret, "STRIPE_API_BASE": server.URL(),
		"PAYMENT_QUEUE": "payments", "KWIPPER_REGION": "asia-northeast1", "RETURN_URI_ALLOWLIST": "https://app.example",
		"PAGE_TOKEN_KEY": "a key for tests, 16 bytes at least",
	} {
		t.Setenv(name, value)
	}
	return w
}

// nobody takes replies and tasks of what the world itself pays.
type nobody struct{}

func (nobody) PublishReply(context.Context, message.Reply) error { return nil }

func (nobody) EnqueueRetry(context.Context, billing.RetryTask, time.Duration) error { return nil }

// SaveCard saves a card for the learner and returns the id of the payment method.
func (w *World) SaveCard(t testing.TB, number string) string {
	t.Helper()
	key := idempotency.NewKey(w.LearnerID, "test", "jp", uuid.NewString(), "", nil)
	m, err := w.wallet.Create(t.Context(), key, billing.Learner{UserID: w.LearnerID, Country: "jp", Language: "ja"}, ReturnURI)
	require.NoError(t, err)
	EnterCard(t, m.RedirectURI, number)
	m, err = w.wallet.Get(t.Context(), w.LearnerID, m.ID)
	require.NoError(t, err)
	require.Equal(t, billing.MethodActive, m.State)
	return m.ID
}

// EnterCard enters a card on the page for it, and authenticates if that is asked for.
func EnterCard(t testing.TB, page, number string) {
	t.Helper()
	next := Post(t, page, url.Values{"number": {number}, "exp_month": {"12"}, "exp_year": {"2040"}, "cvc": {"123"}})
	if next != ReturnURI {
		next = Post(t, next, url.Values{"outcome": {"succeed"}})
	}
	require.Equal(t, ReturnURI, next)
}

// Post sends the form of a page and returns where it leads.
func Post(t testing.TB, page string, form url.Values) string {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, page, strings.NewReader(form.Encode()))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := client.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	return response.Header.Get("Location")
}

// Command is the one by which a saga has a period of the learner's subscription paid: on
// session for period 0, else off session.
func (w *World) Command(saga, method string, period int) message.Command {
	return command(saga, "DoPayment", message.DoPaymentCommand, message.DoPayment{
		PaymentID: message.PaymentID(saga), InvoiceID: message.InvoiceID("jp-subscription-"+saga, period), SubscriptionID: "jp-subscription-" + saga,
		UserID: w.LearnerID, CourseID: "jp-course", Country: "jp", Language: "ja", TimeZone: "Asia/Tokyo", PaymentMethodID: method,
		Period: period, Amount: money.Of(980, money.JPY), PeriodStart: time.Now().UTC(), PeriodEnd: time.Now().UTC().AddDate(0, 1, 0),
		Description: "Go を学ぶ", OffSession: period > 0, ReturnURI: ReturnURI,
	})
}

// RefundCommand is the one by which a saga returns the payment of another.
func (w *World) RefundCommand(saga, payer string) message.Command {
	return command(saga, "RefundPayment", message.RefundPaymentCommand, message.RefundPayment{
		RefundID: message.RefundID(saga), PaymentID: message.PaymentID(payer), SubscriptionID: "jp-subscription-" + payer,
	})
}

func command(saga, step, name string, body any) message.Command {
	data, err := json.Marshal(body)
	if err != nil {
		panic(err) // of types that always encode
	}
	return message.Command{
		Version: message.Version, Saga: saga, Step: step, Service: message.Billing, Name: name, Country: "jp", StartTime: time.Now().UTC(), Body: data,
	}
}

// Invoice pays, or tries to pay, a period and returns the id of its invoice.
func (w *World) Invoice(t testing.TB, saga, method string, period int) string {
	t.Helper()
	require.NoError(t, w.participant.Pay(t.Context(), w.Command(saga, method, period)))
	return message.InvoiceID("jp-subscription-"+saga, period)
}

// Replies returns the replies published to a saga, oldest first.
func (w *World) Replies(t testing.TB, saga string) (replies []message.Reply) {
	t.Helper()
	for _, p := range w.PubSub.Published(message.RepliesTopic) {
		var r message.Reply
		require.NoError(t, json.Unmarshal([]byte(p.Data), &r))
		if r.Saga == saga {
			replies = append(replies, r)
		}
	}
	return replies
}

// Event is a signed webhook about one of the gateway's objects, as Stripe would send it.
func (w *World) Event(kind string, object map[string]any) (payload, signature string) {
	data, err := json.Marshal(map[string]any{
		"id": "evt_" + uuid.NewString(), "object": "event", "type": kind, "created": time.Now().Unix(), "data": map[string]any{"object": object},
	})
	if err != nil {
		panic(err) // of types that always encode
	}
	return string(data), emulator.Sign(data, WebhookSecret, time.Now())
}

// Tasks returns the bodies of the tasks that were enqueued for RetryPayment.
func (w *World) Tasks(t testing.TB) (found []billing.RetryTask) {
	t.Helper()
	w.tasks.mu.Lock()
	defer w.tasks.mu.Unlock()
	for _, task := range w.tasks.created {
		require.Contains(t, task.GetHttpRequest().GetUrl(), "RetryPayment")
		var retry billing.RetryTask
		require.NoError(t, json.Unmarshal(task.GetHttpRequest().GetBody(), &retry))
		found = append(found, retry)
	}
	return found
}

// tasks keeps the tasks that are created.
type tasks struct {
	cloudtaskspb.UnimplementedCloudTasksServer
	mu      sync.Mutex
	created []*cloudtaskspb.Task
}

func newTasks(t testing.TB) *tasks {
	t.Helper()
	s := &tasks{}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := grpc.NewServer()
	cloudtaskspb.RegisterCloudTasksServer(server, s)
	go func() { _ = server.Serve(listener) }() // ends with Stop
	t.Cleanup(server.Stop)
	t.Setenv("CLOUD_TASKS_EMULATOR_HOST", listener.Addr().String())
	return s
}

// CreateTask keeps a task.
func (s *tasks) CreateTask(_ context.Context, request *cloudtaskspb.CreateTaskRequest) (*cloudtaskspb.Task, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if request.GetTask().GetScheduleTime() == nil {
		return nil, fmt.Errorf("task %s is due at once", request.GetTask().GetName())
	}
	s.created = append(s.created, request.GetTask())
	return request.GetTask(), nil
}

// Return has a saga return the payment of another.
func (w *World) Return(t testing.TB, saga, payer string) {
	t.Helper()
	require.NoError(t, w.participant.Refund(t.Context(), w.RefundCommand(saga, payer)))
}
