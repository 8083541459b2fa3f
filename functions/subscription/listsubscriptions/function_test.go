package listsubscriptions_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/subscriptiontesting"
	"github.com/kwipper/kwipper/functions/subscription/listsubscriptions"
	"github.com/kwipper/kwipper/shared/api"
)

func TestListSubscriptions(t *testing.T) {
	w := subscriptiontesting.New(t)
	good := functiontesting.Call{Method: http.MethodGet, Path: w.Path(""), Token: w.Learner}
	empty := functiontesting.Into[api.ListSubscriptionsPage](t, good.Do(t, listsubscriptions.Handle), http.StatusOK)
	assert.NotNil(t, empty.Subscriptions)
	assert.Empty(t, empty.Subscriptions)
	var names []string
	for range 4 {
		names = append([]string{w.Active(t).ID}, names...)
	}
	pending, _ := w.Pending(t)
	names = append([]string{pending.ID}, names...)

	var found []string
	page := good
	page.Path = w.Path("?pageSize=2")
	token := ""
	for range 10 {
		got := functiontesting.Into[api.ListSubscriptionsPage](t, page.Do(t, listsubscriptions.Handle), http.StatusOK)
		for _, s := range got.Subscriptions {
			found = append(found, api.IDOf(s.Name))
		}
		if got.NextPageToken == "" {
			break
		}
		token = got.NextPageToken
		page.Path = w.Path("?pageSize=2&pageToken=%s", token)
	}
	assert.Equal(t, names, found, "newest first, the pending one among them")

	altered := good
	altered.Path = w.Path("?pageToken=%sx", token)
	functiontesting.Refused(t, altered.Do(t, listsubscriptions.Handle), http.StatusBadRequest, "PAGE_TOKEN_INVALID")
	altered.Path, altered.Token = "/v1/users/me/subscriptions?pageToken="+token, w.Other
	functiontesting.Refused(t, altered.Do(t, listsubscriptions.Handle), http.StatusBadRequest, "PAGE_TOKEN_INVALID")
	altered.Path, altered.Token = w.Path("?pageSize=-1"), w.Learner
	assert.Equal(t, []string{"pageSize"}, functiontesting.Refused(t, altered.Do(t, listsubscriptions.Handle), http.StatusBadRequest, "INVALID_ARGUMENT"))
	functiontesting.CheckRefusals(t, listsubscriptions.Handle, "ListSubscriptions", w.Issuer, good, w.Other)
}
