package checkledger_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/billingtesting"
	"github.com/kwipper/kwipper/functions/billing/checkledger"
	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/platform"
)

// TestCheckLedger is one test, since the function keeps its clients.
func TestCheckLedger(t *testing.T) {
	w := billingtesting.New(t)
	w.Invoice(t, "jp-s1", w.SaveCard(t, "4242424242424242"), 0)
	entry := func(transaction string, line, amount int64) *spanner.Mutation {
		return spanner.InsertMap("LedgerEntries", map[string]any{
			"TransactionId": transaction, "Line": line, "Account": "gateway", "Currency": "JPY", "AmountMinor": amount, "PaymentId": "p",
			"InvoiceId": "i", "Country": transaction[:2], "BookTime": time.Now(), "CommitTime": spanner.CommitTimestamp,
		})
	}
	var bad []*spanner.Mutation
	for i, prefix := range []string{"jp-00", "jp-ff", "mx-7f"} {
		id := prefix + fmt.Sprintf("00000-0000-8000-8000-00000000000%d", i)
		bad = append(bad, entry(id, 1, 100), entry(id, 2, -99))
	}
	_, err := w.Database.Apply(t.Context(), bad)
	require.NoError(t, err)

	var logged bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewJSONHandler(&logged, nil)))
	defer slog.SetDefault(before)
	travel := &clock.Travel{}
	platform.UseClock(travel)
	defer platform.UseClock(clock.Wall{})
	token := w.Services.Service(t, "https://functions.test/CheckLedger")
	midnight := time.Now().UTC().Truncate(24 * time.Hour).Add(24*time.Hour + 30*time.Minute)
	for hour := range 24 {
		travel.SetOffset(time.Until(midnight.Add(time.Duration(hour) * time.Hour)))
		status := functiontesting.Call{Method: http.MethodPost, Path: "/", Token: token}.Do(t, checkledger.Handle).Status
		require.Equal(t, http.StatusNoContent, status)
	}
	assert.Equal(t, 3, strings.Count(logged.String(), `"msg":"ledger imbalance"`), logged.String())
	assert.Equal(t, 24, strings.Count(logged.String(), `"msg":"ledger checked"`))
	assert.NotContains(t, logged.String(), "Learner")
	w.CheckEventRefusals(t, checkledger.Handle, "CheckLedger", struct{}{})
}
