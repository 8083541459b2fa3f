package enrollment_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/enrollment"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/saga/sagatest"
)

// sent plays a story without trouble and decodes the named step's message into v.
func sent(t *testing.T, s story, step string, v any) {
	t.Helper()
	w := s.play(t, 1, sagatest.Script{}, sagatest.Faults{})
	require.NoError(t, w.Run())
	body, ok := w.Bodies[step]
	require.True(t, ok, step)
	require.NoError(t, json.Unmarshal(body, v))
}

func TestSubscribeChargesTheFirstPeriodInTheLearnersZone(t *testing.T) {
	var pay message.DoPayment
	sent(t, stories[0], message.DoPaymentCommand, &pay)
	assert.Equal(t, message.DoPayment{
		PaymentID: message.PaymentID("jp-saga"), InvoiceID: message.InvoiceID(subscription, 0),
		SubscriptionID: subscription, UserID: user, CourseID: course, Country: "jp", Language: "ja", TimeZone: "Asia/Tokyo",
		PaymentMethodID: method, Amount: price, Description: "書道", ReturnURI: "https://app.example",
		PeriodStart: start, // 31 January 01:00 in Tokyo; the next period starts on 28 February 01:00
		PeriodEnd:   time.Date(2026, 2, 27, 16, 0, 0, 0, time.UTC),
	}, pay)
}

func TestSubscribeTellsEachServiceWhatItNeedsAndNoMore(t *testing.T) {
	until := time.Date(2026, 3, 6, 16, 0, 0, 0, time.UTC)
	enrolled := message.Enrollment{SubscriptionID: subscription, UserID: user, CourseID: course, Country: "jp", AccessUntil: until}
	for step, name := range map[string]string{
		message.UpdateCourseInfoCommand: "花子", message.UpdateUserInfoCommand: "", message.GrantContentAccessCommand: "",
	} {
		var got message.Enrollment
		sent(t, stories[0], step, &got)
		want := enrolled
		want.DisplayName = name
		assert.Equal(t, want, got, step)
	}
	var subscribed message.Subscribe
	sent(t, stories[0], message.SubscribeCommand, &subscribed)
	assert.Equal(t, start, subscribed.AnchorTime)
	assert.Equal(t, message.PaymentID("jp-saga"), subscribed.PaymentID)
	assert.Equal(t, price, subscribed.Price)
	var reserved message.ValidateSubscription
	sent(t, stories[0], message.ValidateSubscriptionCommand, &reserved)
	assert.Equal(t, price, reserved.Price)
	var asked message.GetCourseInfo
	sent(t, stories[0], message.GetCourseInfoCommand, &asked)
	assert.Equal(t, message.GetCourseInfo{CourseID: course, Country: "jp", Language: "ja", PriceShown: price}, asked)
}

func TestRenewalChargesWhatSubscriptionDecided(t *testing.T) {
	var pay message.DoPayment
	sent(t, stories[2], message.DoPaymentCommand, &pay)
	assert.True(t, pay.OffSession)
	assert.Equal(t, 1, pay.Period)
	assert.Equal(t, message.InvoiceID(subscription, 1), pay.InvoiceID)
	assert.Equal(t, time.Date(2026, 2, 27, 16, 0, 0, 0, time.UTC), pay.PeriodStart)
	assert.Equal(t, time.Date(2026, 3, 30, 16, 0, 0, 0, time.UTC), pay.PeriodEnd)

	own := story{enrollment.Renew, enrollment.RenewInput{SubscriptionID: subscription, Period: 1, ReturnURI: "https://app.example", PaymentMethodID: "jp-other"}}
	var onSession message.DoPayment
	sent(t, own, message.DoPaymentCommand, &onSession)
	assert.False(t, onSession.OffSession)
	assert.Equal(t, "https://app.example", onSession.ReturnURI)
	var begun message.Renewal
	sent(t, own, message.BeginRenewalCommand, &begun)
	assert.Equal(t, message.Renewal{SubscriptionID: subscription, Period: 1, PaymentMethodID: "jp-other", ReturnURI: "https://app.example"}, begun)
}

func TestRefundReturnsThePaymentItNames(t *testing.T) {
	var refund message.RefundPayment
	sent(t, stories[1], message.RefundPaymentCommand, &refund)
	assert.Equal(t, message.RefundPayment{RefundID: message.RefundID("jp-saga"), InvoiceID: invoice,
		PaymentID: "jp-payment", SubscriptionID: subscription, Reason: "REQUESTED_BY_LEARNER"}, refund)
}

func TestPublishAttachesTheItemsThatCourseFound(t *testing.T) {
	var attach message.AttachMedia
	sent(t, stories[4], message.AttachMediaCommand, &attach)
	assert.Equal(t, message.AttachMedia{CourseID: course, TutorID: tutor, ItemIDs: []string{"jp-item1", "jp-item2"}}, attach)
}

func TestSubscriptionIDsAreDerivedFromTheirSaga(t *testing.T) {
	assert.Equal(t, enrollment.SubscriptionID("jp", "a"), enrollment.SubscriptionID("jp", "a"))
	assert.NotEqual(t, enrollment.SubscriptionID("jp", "a"), enrollment.SubscriptionID("jp", "b"))
}
