package billingdb_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
	emulator "github.com/kwipper/kwipper/emulators/stripe"
	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/billing/billingdb"
	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/money"
	"github.com/kwipper/kwipper/shared/payment/stripe"
)

const (
	webhookSecret = "whsec_test"
	learner       = "jp-learner"
	returnURI     = "https://app.example/paid"
)

var yen = money.Of(980, money.JPY)

// world is billing over the emulated Spanner and the emulated Stripe, through the real
// adapter. Tasks and events wait until the test lets them go.
type world struct {
	t           *testing.T
	client      *spanner.Client
	store       billingdb.Store
	server      *emulator.Server
	gateway     *stripe.Gateway
	participant *billing.Participant
	webhook     *billing.Webhook
	retrier     *billing.Retrier
	wallet      *billing.Wallet

	mu      sync.Mutex
	replies []message.Reply
	tasks   []billing.RetryTask
	events  []event
}

// event is a webhook as it arrived.
type event struct {
	payload   []byte
	signature string
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, client: spannertesting.NewDatabase(t, billingdb.Schema()...)}
	w.store = billingdb.Store{Client: w.client}
	hook := httptest.NewServer(http.HandlerFunc(w.arrive))
	t.Cleanup(hook.Close)
	var err error
	w.server, err = emulator.Start(context.Background(), emulator.Options{
		Addr: "127.0.0.1:0", WebhookURL: hook.URL, WebhookSecret: webhookSecret,
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.server.Close()) })
	w.gateway, err = stripe.New(stripe.Options{
		APIKey: "sk_test_kwipper", BaseURL: w.server.URL(), WebhookSecrets: []string{webhookSecret}, Timeout: 700 * time.Millisecond,
	})
	require.NoError(t, err)
	now := clock.Wall{}
	driver := &billing.Driver{Store: w.store, Gateway: w.gateway, Tasks: w, Clock: now}
	w.wallet = &billing.Wallet{Store: w.store, Gateway: w.gateway, Clock: now}
	w.participant = &billing.Participant{Store: w.store, Driver: driver, Replies: w, Clock: now}
	w.webhook = &billing.Webhook{Events: w.store, Parser: w.gateway, Driver: driver, Wallet: w.wallet, Replies: w}
	w.retrier = &billing.Retrier{Driver: driver, Webhook: w.webhook, Replies: w}
	return w
}

func (w *world) arrive(_ http.ResponseWriter, r *http.Request) {
	payload, err := io.ReadAll(r.Body)
	assert.NoError(w.t, err)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = append(w.events, event{payload, r.Header.Get("Stripe-Signature")})
}

func (w *world) PublishReply(_ context.Context, r message.Reply) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.replies = append(w.replies, r)
	return nil
}

func (w *world) EnqueueRetry(_ context.Context, t billing.RetryTask, _ time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, known := range w.tasks {
		if known == t {
			return nil
		}
	}
	w.tasks = append(w.tasks, t)
	return nil
}

// runTasks runs the tasks that wait, and those they enqueue, up to a number.
func (w *world) runTasks(most int) (ran int) {
	w.t.Helper()
	for ; ran < most; ran++ {
		w.mu.Lock()
		if len(w.tasks) == 0 {
			w.mu.Unlock()
			break
		}
		task := w.tasks[0]
		w.tasks = w.tasks[1:]
		w.mu.Unlock()
		require.NoError(w.t, w.retrier.Retry(w.t.Context(), task))
	}
	return ran
}

// awaitEvents waits for all webhooks and takes them.
func (w *world) awaitEvents() []event {
	w.t.Helper()
	require.Eventually(w.t, func() bool { return w.server.InFlight() == 0 }, 10*time.Second, 5*time.Millisecond)
	w.mu.Lock()
	defer w.mu.Unlock()
	events := w.events
	w.events = nil
	return events
}

func (w *world) deliver(events ...event) {
	w.t.Helper()
	for _, e := range events {
		require.NoError(w.t, w.webhook.Receive(w.t.Context(), e.payload, e.signature))
	}
}

func (w *world) fault(operation string, effect emulator.Effect, change ...func(*emulator.Fault)) {
	w.t.Helper()
	f := emulator.Fault{Operation: operation, Effect: effect, Count: 1}
	for _, c := range change {
		c(&f)
	}
	_, err := w.server.AddFault(f)
	require.NoError(w.t, err)
}

// post sends a form of a hosted page and answers where it leads.
func post(t *testing.T, address string, form url.Values) string {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.PostForm(address, form)
	require.NoError(t, err)
	defer response.Body.Close()
	return response.Header.Get("Location")
}

// openCard asks for the page on which a card is entered.
func (w *world) openCard() billing.Method {
	w.t.Helper()
	key := idempotency.NewKey("uid", "CreatePaymentMethod", "jp", time.Now().String(), "", nil)
	m, err := w.wallet.Create(w.t.Context(), key, billing.Learner{UserID: learner, Country: "jp", Language: "ja"}, returnURI)
	require.NoError(w.t, err)
	return m
}

// enterCard enters a card and authenticates if it is asked for.
func enterCard(t *testing.T, page, number string) {
	t.Helper()
	next := post(t, page, url.Values{"number": {number}, "exp_month": {"12"}, "exp_year": {"2040"}, "cvc": {"123"}})
	if next != returnURI {
		next = post(t, next, url.Values{"outcome": {"succeed"}})
	}
	require.Equal(t, returnURI, next)
}

// saveCard saves a card and returns our id of it.
func (w *world) saveCard(number string) string {
	w.t.Helper()
	m := w.openCard()
	enterCard(w.t, m.RedirectURI, number)
	m, err := w.wallet.Get(w.t.Context(), learner, m.ID)
	require.NoError(w.t, err)
	require.Equal(w.t, billing.MethodActive, m.State)
	return m.ID
}

func (w *world) handle(cmd message.Command) error {
	if cmd.Name == message.DoPaymentCommand {
		return w.participant.Pay(w.t.Context(), cmd)
	}
	return w.participant.Refund(w.t.Context(), cmd)
}

// send delivers a command and returns the replies that came of it.
func (w *world) send(cmd message.Command) []message.Reply {
	w.t.Helper()
	before := len(w.takeReplies(false))
	require.NoError(w.t, w.handle(cmd))
	return w.takeReplies(false)[before:]
}

func (w *world) takeReplies(clear bool) []message.Reply {
	w.mu.Lock()
	defer w.mu.Unlock()
	replies := append([]message.Reply{}, w.replies...)
	if clear {
		w.replies = nil
	}
	return replies
}

// one delivers a command that is answered at once.
func (w *world) one(cmd message.Command) message.Reply {
	w.t.Helper()
	replies := w.send(cmd)
	require.Len(w.t, replies, 1)
	require.Equal(w.t, cmd.Step, replies[0].Step)
	require.Equal(w.t, cmd.Compensation, replies[0].Compensation)
	return replies[0]
}

func returned(t *testing.T, r message.Reply) int64 {
	t.Helper()
	require.Equal(t, message.Done, r.Outcome)
	if r.Body == nil {
		return 0
	}
	var body message.PaymentReturned
	require.NoError(t, json.Unmarshal(r.Body, &body))
	return body.ReturnedAmount.Minor
}

func (w *world) statement(period int) billing.Statement {
	w.t.Helper()
	s, err := w.store.Statement(w.t.Context(), message.InvoiceID("jp-subscription", period))
	require.NoError(w.t, err)
	return s
}

// check compares what moved at the gateway with the ledger.
func (w *world) check(charges int, net int64) {
	w.t.Helper()
	succeeded := 0
	for _, c := range w.server.Totals().Charges {
		if c.Status == "succeeded" {
			succeeded++
		}
	}
	sum := w.server.Totals().Sums["jpy"]
	assert.Equal(w.t, charges, succeeded, "charges")
	assert.Equal(w.t, net, sum.ChargedMinor-sum.RefundedMinor, "at the gateway")
	var all, held int64
	rows := w.client.Single().Read(w.t.Context(), "LedgerEntries", spanner.AllKeys(), []string{"Account", "AmountMinor"})
	require.NoError(w.t, rows.Do(func(r *spanner.Row) error {
		var account string
		var minor int64
		if err := r.Columns(&account, &minor); err != nil {
			return err
		}
		all += minor
		if account == billing.AccountGateway {
			held += minor
		}
		return nil
	}))
	assert.Zero(w.t, all, "the ledger sums to zero")
	assert.Equal(w.t, net, held, "the ledger says what the gateway holds")
}
