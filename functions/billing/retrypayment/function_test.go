package retrypayment_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/billingtesting"
	emulator "github.com/kwipper/kwipper/emulators/stripe"
	"github.com/kwipper/kwipper/functions/billing/retrypayment"
	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/message"
)

// TestRetryPayment is one test, since the function keeps its clients.
func TestRetryPayment(t *testing.T) {
	w := billingtesting.New(t)
	retry := func(body any) int {
		t.Helper()
		return functiontesting.Call{
			Method: http.MethodPost, Path: "/", Token: w.Services.Service(t, "https://functions.test/RetryPayment"), Body: body,
		}.Do(t, retrypayment.Handle).Status
	}
	fault := func(operation string) {
		t.Helper()
		_, err := w.Stripe.AddFault(emulator.Fault{Operation: operation, Effect: emulator.EffectErrorAfter, Count: 1})
		require.NoError(t, err)
	}
	fault("payment_intents.confirm")
	w.Invoice(t, "jp-s1", w.SaveCard(t, "4242424242424242"), 0) // charged, which is not known yet
	task := billing.RetryTask{PaymentID: message.PaymentID("jp-s1"), Attempt: 2}

	fault("payment_intents.retrieve")
	assert.Equal(t, http.StatusNoContent, retry(task))
	assert.Empty(t, w.Replies(t, "jp-s1"))
	assert.Equal(t, []billing.RetryTask{{PaymentID: task.PaymentID, Attempt: 3}}, w.Tasks(t), "still unknown: the next task")
	for range 2 {
		assert.Equal(t, http.StatusNoContent, retry(task))
	}
	replies := w.Replies(t, "jp-s1")
	require.Len(t, replies, 2)
	assert.Equal(t, message.Done, replies[0].Outcome)
	assert.Len(t, w.Stripe.Totals().Charges, 1)

	for _, about := range []any{billing.RetryTask{PaymentID: "jp-none"}, billing.RetryTask{EventID: "evt_none"}, "nonsense"} {
		assert.Equal(t, http.StatusNoContent, retry(about), "what can never succeed is put away")
	}
	w.PubSub.Fail(status.Error(codes.PermissionDenied, "not today"))
	assert.Equal(t, http.StatusServiceUnavailable, retry(task), "without its reply sent, it is not done")
	w.PubSub.Fail(nil)
	w.CheckEventRefusals(t, retrypayment.Handle, "RetryPayment", task)
}
