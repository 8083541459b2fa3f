package message

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// ID derives an id from what makes a thing unique: the country, a hyphen and a UUID
// (RFC 9562, version 8) from the SHA-256 of parts. The same parts give the same id, so
// that a repetition meets its own row.
func ID(country string, parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p) // lengths keep ("ab","c") and ("a","bc") apart
	}
	var id uuid.UUID
	copy(id[:], h.Sum(nil))
	id[6] = id[6]&0x0f | 0x80
	id[8] = id[8]&0x3f | 0x80
	return country + "-" + id.String()
}

// CountryOf returns the home country that an id begins with.
func CountryOf(id string) string {
	country, _, _ := strings.Cut(id, "-")
	return country
}

// InvoiceID returns the id of the invoice of a subscription's period, counted from 0.
func InvoiceID(subscriptionID string, period int) string {
	return ID(CountryOf(subscriptionID), "invoice", subscriptionID, strconv.Itoa(period))
}

// PaymentID returns the id of the one payment that a saga makes.
func PaymentID(saga string) string { return ID(CountryOf(saga), "payment", saga) }

// RefundID returns the id of the one refund that a saga makes.
func RefundID(saga string) string { return ID(CountryOf(saga), "refund", saga) }

// RenewalSagaID returns the id of the saga of one attempt to pay one period, so that one
// attempt is made once however often it is triggered.
func RenewalSagaID(subscriptionID string, period, attempt int) string {
	return ID(CountryOf(subscriptionID), "renewal", subscriptionID, strconv.Itoa(period), strconv.Itoa(attempt))
}

// EndSagaID returns the id of the saga that ends a subscription due to end at endTime.
func EndSagaID(subscriptionID string, endTime time.Time) string {
	return ID(CountryOf(subscriptionID), "end", subscriptionID, endTime.UTC().Format(time.RFC3339Nano))
}
