package getinvoice_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/billingtesting"
	"github.com/kwipper/kwipper/functions/billing/getinvoice"
	"github.com/kwipper/kwipper/shared/api"
)

// TestGetInvoice is one test, since the function keeps its clients.
func TestGetInvoice(t *testing.T) {
	w := billingtesting.New(t)
	get := func(user, id, token string) functiontesting.Call {
		return functiontesting.Call{Method: http.MethodGet, Path: "/v1/users/" + user + "/invoices/" + id, Token: token}
	}
	id := w.Invoice(t, "jp-s1", w.SaveCard(t, "4242424242424242"), 0)
	i := functiontesting.Into[api.Invoice](t, get("me", id, w.Learner).Do(t, getinvoice.Handle), http.StatusOK)
	assert.Equal(t, "users/"+w.LearnerID+"/invoices/"+id, i.Name)
	assert.EqualValues(t, "PAID", i.State)
	assert.Equal(t, api.Money{Amount: "980", CurrencyCode: "JPY"}, i.Amount)
	assert.Regexp(t, `^JP-20\d\d-[0-9A-F]{16}$`, i.Number)
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	require.NoError(t, err)
	assert.Equal(t, i.CreateTime.In(tokyo).Format(time.DateOnly), i.LocalDate)
	require.Len(t, i.Payments, 1)
	assert.EqualValues(t, "SUCCEEDED", i.Payments[0].State)
	assert.Equal(t, "4242", i.Payments[0].Last4)
	assert.Empty(t, i.Refunds)

	w.Return(t, "jp-r1", "jp-s1")
	i = functiontesting.Into[api.Invoice](t, get("me", id, w.Learner).Do(t, getinvoice.Handle), http.StatusOK)
	assert.EqualValues(t, "REFUNDED", i.State)
	assert.EqualValues(t, "RETURNED", i.Payments[0].State)
	require.Len(t, i.Refunds, 1)
	assert.EqualValues(t, "SUCCEEDED", i.Refunds[0].State)
	assert.Equal(t, i.Amount, i.Refunds[0].Amount)

	declined := w.Invoice(t, "jp-s2", w.SaveCard(t, "4000000000000341"), 1)
	i = functiontesting.Into[api.Invoice](t, get("me", declined, w.Learner).Do(t, getinvoice.Handle), http.StatusOK)
	assert.EqualValues(t, "OPEN", i.State)
	assert.EqualValues(t, "DECLINED", i.Payments[0].State)
	assert.EqualValues(t, "CARD_DECLINED", i.Payments[0].DeclineReason)

	functiontesting.Refused(t, get("me", id, w.Stranger).Do(t, getinvoice.Handle), http.StatusForbidden, "PERMISSION_DENIED")
	functiontesting.Refused(t, get("me", "jp-0c5a2f0e-8f5b-4a3e-9a52-0e7d9d2b6f10", w.Learner).Do(t, getinvoice.Handle), http.StatusForbidden, "PERMISSION_DENIED")
	functiontesting.CheckRefusals(t, getinvoice.Handle, "GetInvoice", w.Issuer, get(w.LearnerID, id, w.Learner), w.Stranger)
}
