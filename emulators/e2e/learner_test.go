package e2e

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/local/frontend"
	"github.com/kwipper/kwipper/emulators/local/sample"
	"github.com/kwipper/kwipper/shared/api"
)

// The gateway's test cards.
const (
	goodCard     = "4242424242424242"
	secureCard   = "4000003800000446" // asks for 3-D Secure while the learner is there
	declinedCard = "4000000000000341" // can be saved, and is declined
)

func upper(s string) string { return strings.ToUpper(s) }

// zones and languages of the countries.
var (
	zones     = map[string]string{"ID": "Asia/Jakarta", "JP": "Asia/Tokyo", "PH": "Asia/Manila", "MX": "America/Mexico_City"}
	languages = map[string]string{"ID": "id", "JP": "ja", "PH": "fil", "MX": "es"}
)

// learner is a person with a saved card.
type learner struct {
	*frontend.Client
	country string
	user    api.User
	card    api.PaymentMethod
}

var people atomic.Int64

// learner makes a learner of a country with a card.
func (w *world) learner(t *testing.T, country, card string) *learner {
	t.Helper()
	l := &learner{Client: w.browser(), country: country}
	name := fmt.Sprintf("Learner %d of %s", people.Add(1), country)
	ctx := t.Context()
	require.NoError(t, l.SignUp(ctx, uuid.NewString()+"@kwipper.local", "kwipper-local", name))
	var err error
	l.user, err = l.Register(ctx, api.RegisterUserRequest{
		DisplayName: name, RegionCode: api.RegionCode(country), TimeZone: zones[country], LanguageCode: languages[country],
	})
	require.NoError(t, err)
	l.card, err = l.SaveCard(ctx, card)
	require.NoError(t, err)
	return l
}

// course publishes a course of one item for a test alone and returns it and the item.
func (w *world) course(t *testing.T) (api.Course, api.Item) {
	t.Helper()
	ctx, tutor := t.Context(), w.sample(t, "tutor")
	var course api.Course
	require.NoError(t, tutor.Call(ctx, http.MethodPost, "/courses", sample.Courses[0].Course, &course))
	var item api.Item
	require.NoError(t, tutor.Call(ctx, http.MethodPost, "/"+course.Name+"/items", sample.Courses[0].Items[0], &item))
	for _, m := range []frontend.Media{
		{Kind: "VIDEO", Filename: "lesson.mp4", MimeType: "video/mp4", Bytes: sample.Lesson},
		{Kind: "FILE", Filename: "handout.pdf", MimeType: "application/pdf", Bytes: sample.Handout},
	} {
		_, err := tutor.Upload(ctx, item.Name, m)
		require.NoError(t, err)
	}
	var o api.Operation
	require.NoError(t, tutor.Call(ctx, http.MethodPost, "/"+course.Name+":publish", nil, &o, "Prefer", "wait=10"))
	_, err := tutor.Await(ctx, o)
	require.NoError(t, err)
	return course, item
}

// request is what a learner sends to subscribe at the price shown.
func (l *learner) request(course api.Course) api.SubscribeRequest {
	return api.SubscribeRequest{
		Course: course.Name, PaymentMethod: l.card.Name, Price: course.Prices[l.country], ReturnURI: l.Origin + "/courses",
	}
}

// subscribe begins to subscribe and waits until the operation is done or waits for the
// learner.
func (l *learner) subscribe(ctx context.Context, course api.Course, header ...string) (api.Operation, error) {
	var o api.Operation
	err := l.Call(ctx, http.MethodPost, "/users/me/subscriptions", l.request(course), &o, append(header, "Prefer", "wait=10")...)
	if err != nil {
		return o, err
	}
	return l.Await(ctx, o)
}

// subscribed subscribes and returns the subscription.
func (l *learner) subscribed(t *testing.T, course api.Course) api.Subscription {
	t.Helper()
	o, err := l.subscribe(t.Context(), course)
	require.NoError(t, err)
	require.True(t, o.Done, "%+v", o)
	return l.subscription(t, o.Response.Subscription)
}

func (l *learner) subscription(t *testing.T, name string) api.Subscription {
	t.Helper()
	var s api.Subscription
	require.NoError(t, l.Call(t.Context(), http.MethodGet, "/"+name, nil, &s))
	return s
}

// invoices returns the invoices of a subscription, oldest first.
func (l *learner) invoices(t *testing.T, subscription string) []api.Invoice {
	t.Helper()
	var list struct{ Invoices []api.Invoice }
	require.NoError(t, l.Call(t.Context(), http.MethodGet, "/users/me/invoices", nil, &list))
	var found []api.Invoice
	for _, i := range list.Invoices {
		if i.Subscription == subscription {
			found = append([]api.Invoice{i}, found...)
		}
	}
	return found
}

func (l *learner) cancel(ctx context.Context, subscription string, mode api.CancelMode) (api.Subscription, error) {
	var s api.Subscription
	err := l.Call(ctx, http.MethodPost, "/"+subscription+":cancel", api.CancelSubscriptionRequest{Mode: mode}, &s)
	return s, err
}

// refund asks for an invoice's money in c's name, which may be an administrator's, and
// waits until it is back.
func refund(ctx context.Context, c *frontend.Client, invoice string) error {
	var o api.Operation
	if err := c.Call(ctx, http.MethodPost, "/"+invoice+":refund", api.RefundInvoiceRequest{}, &o, "Prefer", "wait=10"); err != nil {
		return err
	}
	_, err := c.Await(ctx, o)
	return err
}

// mayStudy reports whether an item's videos and text are open to the learner.
func (l *learner) mayStudy(t *testing.T, item api.Item) bool {
	t.Helper()
	var signed struct{ Contents []api.SignedContent }
	errSign := l.Call(t.Context(), http.MethodGet, "/"+item.Name+"/contents:sign", nil, &signed)
	var full api.Item
	errText := l.Call(t.Context(), http.MethodGet, "/"+item.Name+"?view=FULL", nil, &full)
	if errSign != nil || errText != nil {
		require.Equal(t, "SUBSCRIPTION_REQUIRED", frontend.Reason(errSign), "%v", errSign)
		require.Equal(t, "SUBSCRIPTION_REQUIRED", frontend.Reason(errText), "%v", errText)
		return false
	}
	require.Len(t, signed.Contents, 2)
	require.NotEmpty(t, full.Text)
	return true
}

// begin begins to subscribe and does not wait.
func (l *learner) begin(ctx context.Context, course api.Course, header ...string) (api.Operation, error) {
	var o api.Operation
	return o, l.Call(ctx, http.MethodPost, "/users/me/subscriptions", l.request(course), &o, header...)
}
