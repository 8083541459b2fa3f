package billing

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/money"
)

// Imbalance is a transaction of the ledger whose lines do not sum to zero, which the code
// cannot write: somebody or something else did.
type Imbalance struct {
	TransactionID string
	Country       string
	Sum           money.Amount
}

// Slice is a part of the ledger: the transactions of a country whose ids begin, behind
// the country, with a byte.
type Slice struct {
	Country string
	Byte    int // 0 to 255
}

// AuditLedger finds what does not balance.
type AuditLedger interface {
	// Imbalances returns up to limit of a slice, as they stood a moment ago.
	Imbalances(ctx context.Context, s Slice, limit int) ([]Imbalance, error)
}

// Auditor checks the ledger, in an hour of each day a twenty-fourth of it.
type Auditor struct {
	Ledger AuditLedger
	Clock  clock.Clock
}

// maxImbalances is how many are logged of a slice; one is enough to call a person.
const maxImbalances = 20

// slicesOf returns what is checked in an hour of the day.
func slicesOf(hour int) []Slice {
	var all []Slice
	for _, country := range slices.Sorted(maps.Keys(refundPolicies)) {
		for b := hour * 256 / 24; b < (hour+1)*256/24; b++ {
			all = append(all, Slice{country, b})
		}
	}
	return all
}

// Check checks the slices of this hour and logs each imbalance as an error, which alerts.
// It returns how many there are.
func (a *Auditor) Check(ctx context.Context) (int, error) {
	found, begin := 0, time.Now()
	for _, s := range slicesOf(a.Clock.Now().UTC().Hour()) {
		imbalances, err := a.Ledger.Imbalances(ctx, s, maxImbalances)
		if err != nil {
			return found, fmt.Errorf("check the ledger of %s %02x: %w", s.Country, s.Byte, err)
		}
		for _, i := range imbalances {
			slog.ErrorContext(ctx, "ledger imbalance", "transaction", i.TransactionID, "country", i.Country, "sum", i.Sum.String())
		}
		found += len(imbalances)
	}
	slog.InfoContext(ctx, "ledger checked", "imbalances", found, "durationSeconds", time.Since(begin).Seconds())
	return found, nil
}
