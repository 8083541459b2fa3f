package billing

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/clock"
)

func TestEveryDayChecksTheWholeLedger(t *testing.T) {
	seen := map[Slice]int{}
	for hour := range 24 {
		for _, s := range slicesOf(hour) {
			seen[s]++
		}
	}
	assert.Len(t, seen, 4*256)
	for s, times := range seen {
		assert.Equal(t, 1, times, s)
		assert.True(t, s.Byte >= 0 && s.Byte < 256, s)
	}
}

type badLedger struct {
	imbalances []Imbalance
	err        error
}

func (l badLedger) Imbalances(_ context.Context, s Slice, limit int) ([]Imbalance, error) {
	if s.Country == "jp" && s.Byte == 0 {
		return l.imbalances[:min(limit, len(l.imbalances))], l.err
	}
	return nil, nil
}

func TestImbalancesAreCounted(t *testing.T) {
	midnight := clock.Fixed(time.Date(2027, 1, 1, 0, 30, 0, 0, time.UTC))
	a := &Auditor{Ledger: badLedger{imbalances: []Imbalance{{TransactionID: "jp-00"}}}, Clock: midnight}
	found, err := a.Check(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, found)

	a.Ledger = badLedger{err: errors.New("no database")}
	_, err = a.Check(t.Context())
	assert.ErrorContains(t, err, "jp 00")
}
