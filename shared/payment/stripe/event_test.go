package stripe_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	emulator "github.com/kwipper/kwipper/emulators/stripe"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/payment"
	"github.com/kwipper/kwipper/shared/payment/stripe"
)

var eventTime = time.Date(2026, 11, 22, 13, 0, 0, 0, time.UTC)

func eventGateway(t testing.TB) *stripe.Gateway {
	t.Helper()
	g, err := stripe.New(stripe.Options{APIKey: "sk_test_x", WebhookSecrets: []string{"whsec_new", "", webhookSecret}})
	require.NoError(t, err)
	return g
}

func TestParseEventReadsIds(t *testing.T) {
	for name, c := range map[string]struct {
		payload string
		want    payment.Event
	}{
		"intent": {
			`{"id":"evt_1","object":"event","type":"payment_intent.succeeded","created":1795352400,"data":{"object":
				{"id":"pi_1","object":"payment_intent","metadata":{"kwipper_payment_id":"jp-p"}}}}`,
			payment.Event{ID: "evt_1", Type: "payment_intent.succeeded", Kind: payment.EventIntent, ObjectID: "pi_1", IntentID: "pi_1", PaymentID: "jp-p"},
		},
		"charge with an expanded intent": {
			`{"id":"evt_2","object":"event","type":"charge.refunded","created":1795352400,"data":{"object":
				{"id":"ch_1","object":"charge","payment_intent":{"id":"pi_1"},"metadata":{"kwipper_payment_id":"jp-p"}}}}`,
			payment.Event{ID: "evt_2", Type: "charge.refunded", Kind: payment.EventIntent, ObjectID: "pi_1", IntentID: "pi_1", PaymentID: "jp-p"},
		},
		"refund": {
			`{"id":"evt_3","object":"event","type":"refund.updated","created":1795352400,"data":{"object":
				{"id":"re_1","object":"refund","payment_intent":"pi_1","metadata":{"kwipper_refund_id":"jp-r"}}}}`,
			payment.Event{ID: "evt_3", Type: "refund.updated", Kind: payment.EventRefund, ObjectID: "re_1", IntentID: "pi_1", RefundID: "jp-r"},
		},
		"setup": {
			`{"id":"evt_4","object":"event","type":"checkout.session.completed","created":1795352400,"data":{"object":
				{"id":"cs_1","object":"checkout.session","mode":"setup","payment_intent":null,"metadata":{"kwipper_payment_method_ref":"jp-m"}}}}`,
			payment.Event{ID: "evt_4", Type: "checkout.session.completed", Kind: payment.EventSetup, ObjectID: "cs_1", PaymentMethodRef: "jp-m"},
		},
		"dispute": {
			`{"id":"evt_5","object":"event","type":"charge.dispute.created","created":1795352400,"data":{"object":
				{"id":"du_1","object":"dispute","payment_intent":"pi_1"}}}`,
			payment.Event{ID: "evt_5", Type: "charge.dispute.created", Kind: payment.EventDispute, ObjectID: "du_1", IntentID: "pi_1"},
		},
		"unheard of": {
			`{"id":"evt_6","object":"event","type":"moon.full","created":1795352400,"data":{"object":{"id":"mo_1","object":"moon"}}}`,
			payment.Event{ID: "evt_6", Type: "moon.full", Kind: payment.EventOther, ObjectID: "mo_1"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c.want.CreateTime = time.Unix(1795352400, 0).UTC()
			signature := emulator.Sign([]byte(c.payload), webhookSecret, eventTime)
			got, err := eventGateway(t).ParseEvent([]byte(c.payload), signature, eventTime)
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestParseEventRefusesSignatures(t *testing.T) {
	payload := `{"id":"evt_1","object":"event","type":"payment_intent.succeeded","data":{"object":{"id":"pi_1","object":"payment_intent"}}}`
	good := emulator.Sign([]byte(payload), webhookSecret, eventTime)
	for name, c := range map[string]struct {
		payload, signature string
		now                time.Time
	}{
		"altered":        {strings.Replace(payload, "pi_1", "pi_2", 1), good, eventTime},
		"old":            {payload, good, eventTime.Add(payment.SignatureTolerance + time.Second)},
		"future":         {payload, good, eventTime.Add(-payment.SignatureTolerance - time.Second)},
		"another secret": {payload, emulator.Sign([]byte(payload), "whsec_other", eventTime), eventTime},
		"two times":      {payload, good + ",t=1", eventTime},
		"no time":        {payload, "v1=00", eventTime},
		"empty":          {payload, "", eventTime},
		"time only":      {payload, "t=1795352400", eventTime},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := eventGateway(t).ParseEvent([]byte(c.payload), c.signature, c.now)
			require.Error(t, err)
			assert.Equal(t, payment.ReasonSignatureInvalid, fault.ReasonOf(err))
			assert.True(t, fault.Is(err, fault.Unauthenticated))
		})
	}
	none, err := stripe.New(stripe.Options{APIKey: "sk_test_x"})
	require.NoError(t, err)
	_, err = none.ParseEvent([]byte(payload), good, eventTime)
	assert.ErrorContains(t, err, "no webhook secret")
}

func TestParseEventRefusesWhatIsNoEvent(t *testing.T) {
	long := strings.Repeat("x", 200)
	for _, payload := range []string{
		``, `{}`, `[]`, `{"object":"event"}`, `{"id":"evt","object":"v2.core.event","type":"x"}`,
		`{"id":"` + long + `","object":"event","type":"x"}`,
		`{"id":"evt","object":"event","type":"x","data":{"object":{"id":"o","metadata":{"` + stripe.MetadataPaymentID + `":"` + long + `"}}}}`,
	} {
		_, err := eventGateway(t).ParseEvent([]byte(payload), emulator.Sign([]byte(payload), webhookSecret, eventTime), eventTime)
		assert.Equal(t, payment.ReasonEventInvalid, fault.ReasonOf(err), payload)
	}
}

func FuzzParseEvent(f *testing.F) {
	f.Add([]byte(`{"id":"e","object":"event","type":"t","data":{"object":{"id":"o","payment_intent":{"id":"p"}}}}`), "t=1,v1=00")
	f.Add([]byte(`{"id":"e","object":"event","type":"t","data":{"object":{"payment_intent":3}}}`), "t=,v1")
	gateway := eventGateway(f)
	f.Fuzz(func(t *testing.T, payload []byte, signature string) {
		_, err := gateway.ParseEvent(payload, signature, eventTime)
		require.Error(t, err, "nobody guesses a signature")
		event, err := gateway.ParseEvent(payload, emulator.Sign(payload, webhookSecret, eventTime), eventTime)
		if err == nil {
			assert.NotEmpty(t, event.ID)
			assert.NotEmpty(t, event.Kind)
		}
	})
}
