package listpaymentmethods_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/billingtesting"
	"github.com/kwipper/kwipper/functions/billing/listpaymentmethods"
	"github.com/kwipper/kwipper/shared/api"
)

// TestListPaymentMethods is one test, since the function keeps its clients.
func TestListPaymentMethods(t *testing.T) {
	w := billingtesting.New(t)
	list := func(token, query string) functiontesting.Answer {
		return functiontesting.Call{Method: http.MethodGet, Path: "/v1/users/me/paymentMethods" + query, Token: token}.Do(t, listpaymentmethods.Handle)
	}
	empty := list(w.Stranger, "")
	assert.JSONEq(t, `{"paymentMethods":[]}`, string(empty.Body))
	var want []string
	for range 5 {
		want = append([]string{"users/" + w.LearnerID + "/paymentMethods/" + w.SaveCard(t, "4242424242424242")}, want...)
	}
	var got []string
	token := ""
	for range 3 {
		page := functiontesting.Into[api.ListPaymentMethodsPage](t, list(w.Learner, "?pageSize=2&pageToken="+url.QueryEscape(token)), http.StatusOK)
		for _, m := range page.PaymentMethods {
			got = append(got, m.Name)
		}
		if token = page.NextPageToken; len(got) == 2 {
			require.NotEmpty(t, token)
			functiontesting.Refused(t, list(w.Stranger, "?pageToken="+url.QueryEscape(token)), http.StatusBadRequest, "PAGE_TOKEN_INVALID")
		}
	}
	assert.Equal(t, want, got, "newest first, none twice")
	assert.Empty(t, token)
	functiontesting.Refused(t, list(w.Learner, "?pageSize=-1"), http.StatusBadRequest, "INVALID_ARGUMENT")
	functiontesting.Refused(t, list(w.Learner, "?pageToken=nonsense"), http.StatusBadRequest, "PAGE_TOKEN_INVALID")
	good := functiontesting.Call{Method: http.MethodGet, Path: "/v1/users/" + w.LearnerID + "/paymentMethods", Token: w.Learner}
	functiontesting.CheckRefusals(t, listpaymentmethods.Handle, "ListPaymentMethods", w.Issuer, good, w.Stranger)
}
