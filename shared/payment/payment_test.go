package payment_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/shared/money"
	"github.com/kwipper/kwipper/shared/payment"
)

func TestChargeable(t *testing.T) {
	for _, c := range []struct {
		amount money.Amount
		want   bool
	}{
		{money.Of(50, money.JPY), true},
		{money.Of(49, money.JPY), false},
		{money.Of(0, money.JPY), false},
		{money.Of(-50, money.JPY), false},
		{money.Of(10_00, money.MXN), true},
		{money.Of(9_99, money.MXN), false},
		{money.Of(30_00, money.PHP), true},
		{money.Of(10_000_00, money.IDR), true},
		{money.Of(100_000_000, money.JPY), false},
		{money.Of(49_000_000_00, money.IDR), true},
		{money.Of(100, "USD"), false},
	} {
		assert.Equal(t, c.want, payment.Chargeable(c.amount), c.amount.String())
	}
	least, ok := payment.MinimumAmount(money.MXN)
	assert.True(t, ok)
	assert.Equal(t, "10.00 MXN", least.String())
}

func TestDeclineReasonAndRetry(t *testing.T) {
	for _, c := range []struct {
		code, declineCode string
		reason            payment.DeclineReason
		retryable         bool
	}{
		{"card_declined", "insufficient_funds", payment.DeclineInsufficientFunds, true},
		{"card_declined", "generic_decline", payment.DeclineGeneric, true},
		{"card_declined", "lost_card", payment.DeclineGeneric, false},
		{"card_declined", "word_of_tomorrow", payment.DeclineGeneric, true},
		{"expired_card", "", payment.DeclineExpiredCard, false},
		{"authentication_required", "authentication_required", payment.DeclineAuthenticationRequired, false},
		{"payment_intent_authentication_failure", "", payment.DeclineAuthenticationFailed, false},
	} {
		d := payment.NewDecline(c.code, c.declineCode, "")
		assert.Equal(t, c.reason, d.Reason(), c)
		assert.Equal(t, c.retryable, d.Retryable, c)
	}
}

func TestLocalizedMessage(t *testing.T) {
	for _, c := range []struct{ locale, tag, contains string }{
		{"en-PH", "en", "insufficient funds"},
		{"id-ID", "id", "Saldo"},
		{"ja", "ja", "残高"},
		{"es-MX", "es-419", "fondos"},
		{"es", "es-419", "fondos"},
		{"fil-PH", "en", "insufficient funds"},
		{"", "en", "insufficient funds"},
		{"%%", "en", "insufficient funds"},
	} {
		message, tag := payment.DeclineInsufficientFunds.LocalizedMessage(c.locale)
		assert.Equal(t, c.tag, tag, c.locale)
		assert.Contains(t, message, c.contains, c.locale)
	}
	message, _ := payment.DeclineReason("UNHEARD_OF").LocalizedMessage("en")
	assert.Contains(t, message, "declined")
}

func TestIntentStates(t *testing.T) {
	declined := payment.Intent{State: payment.IntentPaymentMethodRequired, Decline: payment.NewDecline("card_declined", "", "")}
	assert.True(t, declined.Declined())
	assert.False(t, declined.Charged())
	assert.False(t, payment.Intent{State: payment.IntentPaymentMethodRequired}.Declined())
	assert.True(t, payment.IntentCanceled.Final())
	assert.False(t, payment.IntentPaymentMethodRequired.Final())
}
