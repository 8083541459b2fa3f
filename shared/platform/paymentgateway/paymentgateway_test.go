package paymentgateway_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/stripe/stripe-go/v85/webhook"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/paymentgateway"
)

func TestOnlyTheWebhooksGatewayBelievesEvents(t *testing.T) {
	t.Setenv("STRIPE_SECRET_KEY", "sk_test_x")
	_, err := paymentgateway.OpenWebhook()
	require.ErrorContains(t, err, "STRIPE_WEBHOOK_SECRETS")

	t.Setenv("STRIPE_WEBHOOK_SECRETS", "whsec_old, whsec_new")
	now := time.Now()
	signed := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{
		Payload: []byte(`{"object":"event","id":"evt_1","type":"refund.updated","data":{"object":{"id":"re_1","object":"refund"}}}`),
		Secret:  "whsec_new", Timestamp: now,
	})
	hook, err := paymentgateway.OpenWebhook()
	require.NoError(t, err)
	_, err = hook.ParseEvent(signed.Payload, signed.Header, now)
	require.NoError(t, err)

	gateway, err := paymentgateway.Open()
	require.NoError(t, err)
	_, err = gateway.ParseEvent(signed.Payload, signed.Header, now)
	assert.True(t, fault.Is(err, fault.Unauthenticated), "%v", err)
}

func TestWithoutAKeyThereIsNoGateway(t *testing.T) {
	t.Setenv("STRIPE_SECRET_KEY", "")
	t.Setenv("STRIPE_WEBHOOK_SECRETS", "whsec_x")
	_, err := paymentgateway.Open()
	require.ErrorContains(t, err, "STRIPE_SECRET_KEY")
	_, err = paymentgateway.OpenWebhook()
	require.ErrorContains(t, err, "STRIPE_SECRET_KEY")
}
