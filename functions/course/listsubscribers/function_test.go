package listsubscribers_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/coursetesting"
	"github.com/kwipper/kwipper/functions/course/listsubscribers"
	"github.com/kwipper/kwipper/shared/api"
)

func TestListSubscribers(t *testing.T) {
	w := coursetesting.New(t)
	id, _ := w.Published(t, "a")
	w.Enroll(t, id, time.Now().Add(time.Hour))
	w.Enroll(t, id, time.Now().Add(time.Hour))
	good := functiontesting.Call{Method: http.MethodGet, Path: "/v1/courses/" + id + "/subscribers", Token: w.Tutor}
	seen := functiontesting.Into[api.ListSubscribersPage](t, good.Do(t, listsubscribers.Handle), http.StatusOK)
	assert.Len(t, seen.Subscribers, 2)
	assert.Equal(t, "花子", seen.Subscribers[0].DisplayName)
	assert.Equal(t, api.RegionCode("JP"), seen.Subscribers[0].RegionCode)

	first := good
	first.Path += "?pageSize=1"
	page := functiontesting.Into[api.ListSubscribersPage](t, first.Do(t, listsubscribers.Handle), http.StatusOK)
	assert.Len(t, page.Subscribers, 1)
	assert.NotEmpty(t, page.NextPageToken)
	functiontesting.CheckRefusals(t, listsubscribers.Handle, "ListSubscribers", w.Issuer, good, w.Other)
	good.Token = w.Learner
	functiontesting.Refused(t, good.Do(t, listsubscribers.Handle), http.StatusForbidden, "PERMISSION_DENIED")
}
