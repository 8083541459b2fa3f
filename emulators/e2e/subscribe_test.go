package e2e

import (
	"context"
	"net/http"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/local/frontend"
	"github.com/kwipper/kwipper/emulators/local/sample"
	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/period"
)

func TestSubscribeAndStudyInEveryCountry(t *testing.T) {
	w, _ := begin(t)
	course, item := w.course(t)
	minor := map[string]int64{"ID": 14900000, "JP": 1480, "PH": 49900, "MX": 18900}
	for country, zone := range zones {
		t.Run(country, func(t *testing.T) {
			l := w.learner(t, country, goodCard)
			require.False(t, l.mayStudy(t, item))
			s := l.subscribed(t, course)
			require.True(t, l.mayStudy(t, item), "the course is open once the operation is done")
			assert.EqualValues(t, "ACTIVE", s.State)
			assert.Equal(t, course.Prices[country], s.Price)
			assert.Equal(t, zone, s.TimeZone)
			location, err := time.LoadLocation(zone)
			require.NoError(t, err)
			_, end := period.Bounds(s.PeriodStartTime, location, 0)
			assert.True(t, end.Equal(s.PeriodEndTime), "the month ends %v, not %v", end, s.PeriodEndTime)

			invoices := l.invoices(t, s.Name)
			require.Len(t, invoices, 1)
			assert.EqualValues(t, "PAID", invoices[0].State)
			assert.Equal(t, course.Prices[country], invoices[0].Amount)
			assert.Equal(t, s.PeriodStartTime.In(location).Format(time.DateOnly), invoices[0].LocalDate)
			totals := w.totals(t)
			last := totals.Charges[len(totals.Charges)-1]
			assert.Equal(t, minor[country], last.AmountMinor)
			assert.EqualValues(t, s.Price.CurrencyCode, upper(last.Currency))
			checkMedia(t, l, item)
		})
	}
}

// checkMedia checks that the signed URLs give the very bytes, and ranges of them.
func checkMedia(t *testing.T, l *learner, item api.Item) {
	t.Helper()
	var signed struct{ Contents []api.SignedContent }
	require.NoError(t, l.Call(t.Context(), http.MethodGet, "/"+item.Name+"/contents:sign", nil, &signed))
	for _, c := range signed.Contents {
		want := map[api.ContentKind][]byte{"VIDEO": sample.Lesson, "FILE": sample.Handout}[c.Kind]
		status, got, err := l.Fetch(t.Context(), c.URI, "")
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, status)
		assert.Equal(t, want, got)
		status, got, err = l.Fetch(t.Context(), c.URI, "bytes=100-299")
		require.NoError(t, err)
		assert.Equal(t, http.StatusPartialContent, status)
		assert.Equal(t, want[100:300], got)
	}
}

func TestAuthenticationByRedirect(t *testing.T) {
	w, _ := begin(t)
	course, item := w.course(t)
	for outcome, reason := range map[string]string{"succeed": "", "fail": "AUTHENTICATION_FAILED"} {
		t.Run(outcome, func(t *testing.T) {
			l := w.learner(t, "MX", secureCard)
			o, err := l.subscribe(t.Context(), course)
			require.NoError(t, err)
			require.False(t, o.Done)
			assert.EqualValues(t, "WAITING", o.Metadata.State)
			require.EqualValues(t, "REDIRECT", o.Metadata.NextAction.Type)
			require.False(t, l.mayStudy(t, item))
			require.NoError(t, l.Authenticate(t.Context(), o.Metadata.NextAction.RedirectURI, outcome))
			o, err = l.AwaitDone(t.Context(), o)
			assert.Equal(t, reason, frontend.Reason(err), "%v", err)
			assert.Equal(t, reason == "", l.mayStudy(t, item))
			charges, _ := w.charged(t, o.Metadata.Subscription)
			assert.Equal(t, map[string]int{"succeed": 1}[outcome], charges)
		})
	}
}

func TestDeclineIsUndoneAndSaysWhyInTheLearnersLanguage(t *testing.T) {
	w, _ := begin(t)
	course, item := w.course(t)
	said := map[string]string{}
	for _, country := range []string{"ID", "JP", "PH", "MX"} {
		l := w.learner(t, country, declinedCard)
		o, err := l.subscribe(t.Context(), course)
		var refused *frontend.Error
		require.ErrorAs(t, err, &refused)
		assert.Equal(t, "CARD_DECLINED", refused.Reason)
		require.NotEmpty(t, refused.Localized)
		said[refused.Localized] = country
		require.True(t, o.Done)
		assert.EqualValues(t, "FAILED", l.subscription(t, o.Metadata.Subscription).State)
		assert.False(t, l.mayStudy(t, item))

		l.card, err = l.SaveCard(t.Context(), goodCard)
		require.NoError(t, err)
		l.subscribed(t, course)
		assert.True(t, l.mayStudy(t, item), "another card opens the course")
	}
	assert.Len(t, said, 4, "each in the language of the learner: %v", said)
}

// A learner whose record vanishes while the bank asks: the charge goes through, and then
// the course cannot be entered in the record.
func TestFailureForGoodAfterThePaymentReturnsTheMoney(t *testing.T) {
	w, _ := begin(t)
	course, item := w.course(t)
	l := w.learner(t, "PH", secureCard)
	o, err := l.subscribe(t.Context(), course)
	require.NoError(t, err)
	_, err = w.database(t, "user").Apply(t.Context(), []*spanner.Mutation{spanner.Delete("Users", spanner.Key{id(l.user.Name)})})
	require.NoError(t, err)
	require.NoError(t, l.Authenticate(t.Context(), o.Metadata.NextAction.RedirectURI, "succeed"))
	o, err = l.AwaitDone(t.Context(), o)
	require.Error(t, err)
	assert.NotEmpty(t, frontend.Reason(err))
	charges, returned := w.charged(t, o.Metadata.Subscription)
	assert.Equal(t, []int{1, 1}, []int{charges, returned}, "charged, and returned")
	assert.EqualValues(t, "FAILED", l.subscription(t, o.Metadata.Subscription).State)
	assert.False(t, l.mayStudy(t, item))
	invoices := l.invoices(t, o.Metadata.Subscription)
	require.Len(t, invoices, 1)
	assert.EqualValues(t, "REFUNDED", invoices[0].State)
}

func TestUnansweredAuthenticationExpires(t *testing.T) {
	w, s := begin(t)
	course, item := w.course(t)
	l := w.learner(t, "ID", secureCard)
	o, err := l.subscribe(t.Context(), course)
	require.NoError(t, err)
	redirect := o.Metadata.NextAction.RedirectURI
	require.True(t, o.Metadata.ExpireTime.After(s.Clock.Now()), "%v", o.Metadata.ExpireTime)
	advance(t, o.Metadata.ExpireTime.Add(2*time.Minute))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	o, err = l.AwaitDone(ctx, o)
	assert.Contains(t, []string{"SAGA_EXPIRED", "PAYMENT_EXPIRED"}, frontend.Reason(err), "%v", err)
	_ = l.Authenticate(t.Context(), redirect, "succeed") // too late: the page may say so
	settle(t)
	charges, _ := w.charged(t, o.Metadata.Subscription)
	assert.Zero(t, charges)
	assert.False(t, l.mayStudy(t, item))
	assert.EqualValues(t, "FAILED", l.subscription(t, o.Metadata.Subscription).State)
}
