package message_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/shared/message"
)

func TestIDsAreDerivedAndKeepTheCountry(t *testing.T) {
	id := message.ID("jp", "a", "b")
	assert.Regexp(t, regexp.MustCompile(`^jp-[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`), id)
	assert.Equal(t, id, message.ID("jp", "a", "b"))
	assert.NotEqual(t, message.ID("jp", "ab", "c"), message.ID("jp", "a", "bc"))
	assert.Equal(t, "jp", message.CountryOf(id))
}

func TestEachThingHasAnIDOfItsOwn(t *testing.T) {
	sub := message.ID("mx", "subscription", "1")
	end := time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC)
	seen := map[string]bool{}
	for _, id := range []string{
		message.InvoiceID(sub, 0), message.InvoiceID(sub, 1), message.PaymentID(sub), message.RefundID(sub),
		message.RenewalSagaID(sub, 1, 1), message.RenewalSagaID(sub, 1, 2), message.RenewalSagaID(sub, 11, 1), message.EndSagaID(sub, end),
	} {
		assert.False(t, seen[id])
		assert.Equal(t, "mx", message.CountryOf(id))
		seen[id] = true
	}
}
