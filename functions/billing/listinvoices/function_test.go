package listinvoices_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/billingtesting"
	"github.com/kwipper/kwipper/functions/billing/listinvoices"
	"github.com/kwipper/kwipper/shared/api"
)

// TestListInvoices is one test, since the function keeps its clients.
func TestListInvoices(t *testing.T) {
	w := billingtesting.New(t)
	list := func(token, query string) functiontesting.Answer {
		return functiontesting.Call{Method: http.MethodGet, Path: "/v1/users/me/invoices" + query, Token: token}.Do(t, listinvoices.Handle)
	}
	card := w.SaveCard(t, "4242424242424242")
	assert.JSONEq(t, `{"invoices":[]}`, string(list(w.Learner, "").Body))
	var want []string
	for i := range 5 {
		saga := fmt.Sprintf("jp-s%d", i)
		want = append([]string{"users/" + w.LearnerID + "/invoices/" + w.Invoice(t, saga, card, 0)}, want...)
		if i == 3 {
			w.Return(t, "jp-r", saga)
		}
	}
	var got []api.Invoice
	token := ""
	for range 3 {
		page := functiontesting.Into[api.ListInvoicesPage](t, list(w.Learner, "?pageSize=2&pageToken="+url.QueryEscape(token)), http.StatusOK)
		got = append(got, page.Invoices...)
		if token = page.NextPageToken; len(got) == 2 {
			require.NotEmpty(t, token)
			functiontesting.Refused(t, list(w.Stranger, "?pageToken="+url.QueryEscape(token)), http.StatusBadRequest, "PAGE_TOKEN_INVALID")
			w.Invoice(t, "jp-later", card, 0) // what comes meanwhile moves nothing
		}
	}
	require.Len(t, got, len(want))
	for i := range want {
		assert.Equal(t, want[i], got[i].Name, "newest first, none twice")
		assert.Len(t, got[i].Payments, 1)
		assert.Len(t, got[i].Refunds, map[bool]int{true: 1}[i == 1], "refunds are shown inside")
	}
	assert.Empty(t, token)
	assert.JSONEq(t, `{"invoices":[]}`, string(list(w.Stranger, "").Body))
	functiontesting.Refused(t, list(w.Learner, "?pageToken=nonsense"), http.StatusBadRequest, "PAGE_TOKEN_INVALID")
	good := functiontesting.Call{Method: http.MethodGet, Path: "/v1/users/" + w.LearnerID + "/invoices", Token: w.Learner}
	functiontesting.CheckRefusals(t, listinvoices.Handle, "ListInvoices", w.Issuer, good, w.Stranger)
}
