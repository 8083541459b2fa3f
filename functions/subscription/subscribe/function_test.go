package subscribe_test

import (
	"maps"
	"net/http"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/emulators/functiontesting/subscriptiontesting"
	"github.com/kwipper/kwipper/functions/subscription/subscribe"
	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/pubsubclient/pubsubtest"
)

// first are the topics and commands that a subscribe saga begins with.
var first = map[string]string{
	"user-commands": message.GetUserInfoCommand, "course-commands": message.GetCourseInfoCommand,
	"subscription-commands": message.ValidateSubscriptionCommand,
}

func request(w *subscriptiontesting.World) map[string]any {
	return map[string]any{
		"course": "courses/jp-" + uuid.NewString(), "paymentMethod": "users/" + w.LearnerID + "/paymentMethods/jp-" + uuid.NewString(),
		"price": map[string]any{"amount": "1480", "currencyCode": "JPY"}, "returnUri": "https://app.example/back",
	}
}

// with returns body with another value of a field.
func with(body map[string]any, field string, value any) map[string]any {
	changed := maps.Clone(body)
	changed[field] = value
	return changed
}

// TestSubscribe is one test, since the function keeps its publisher.
func TestSubscribe(t *testing.T) {
	pubsub := pubsubtest.New(t)
	w := subscriptiontesting.New(t)
	body := request(w)
	call := func(key string, body any) functiontesting.Answer {
		return functiontesting.Call{Method: http.MethodPost, Path: w.Path(""), Token: w.Learner, Body: body,
			Header: map[string]string{"Idempotency-Key": key}}.Do(t, subscribe.Handle)
	}

	t.Run("fifty times at once with one key", func(t *testing.T) {
		names := make([]string, 50)
		var group sync.WaitGroup
		for i := range names {
			group.Go(func() {
				answer := call("fifty", body)
				if assert.Equal(t, http.StatusAccepted, answer.Status, "%s", answer.Body) {
					names[i] = functiontesting.Into[api.Operation](t, answer, http.StatusAccepted).Name
				}
			})
		}
		group.Wait()
		for _, name := range names {
			require.Equal(t, names[0], name)
		}
		assert.Equal(t, []string{api.IDOf(names[0])}, w.Sagas(t), "one saga row")
		for topic, command := range first {
			sent := pubsub.Published(topic)
			require.Len(t, sent, 1, "one set of first commands: %s", topic)
			assert.Equal(t, command, sent[0].Attributes["command"])
		}
	})
	t.Run("what the operation says", func(t *testing.T) {
		o := functiontesting.Into[api.Operation](t, call("fifty", body), http.StatusAccepted)
		assert.False(t, o.Done)
		assert.Contains(t, o.Metadata.Subscription, "users/"+w.LearnerID+"/subscriptions/jp-")
		assert.False(t, o.Metadata.ExpireTime.IsZero())
		functiontesting.Refused(t, call("fifty", with(body, "returnUri", "https://app.example/other")), http.StatusUnprocessableEntity, "IDEMPOTENCY_KEY_REUSED")
	})
	t.Run("with no broker the saga is there", func(t *testing.T) {
		pubsub.Fail(status.Error(codes.PermissionDenied, "down"))
		defer pubsub.Fail(nil)
		before := len(w.Sagas(t))
		functiontesting.Into[api.Operation](t, call("down", body), http.StatusAccepted)
		assert.Len(t, w.Sagas(t), before+1)
	})
	t.Run("what is refused starts nothing", func(t *testing.T) {
		before := len(w.Sagas(t))
		for field, value := range map[string]any{
			"course": "courses/x", "paymentMethod": "users/jp-" + uuid.NewString() + "/paymentMethods/jp-" + uuid.NewString(),
		} {
			assert.Contains(t, functiontesting.Refused(t, call("bad", with(body, field, value)), http.StatusBadRequest, "INVALID_ARGUMENT"), field)
		}
		for _, amount := range []string{"1480.50", "-1", "1e3"} {
			wrong := with(body, "price", map[string]any{"amount": amount, "currencyCode": "JPY"})
			assert.Equal(t, []string{"price.amount"}, functiontesting.Refused(t, call("bad", wrong), http.StatusBadRequest, "INVALID_ARGUMENT"))
		}
		for _, uri := range []string{"https://app.example.evil/", "https://evil/?https://app.example", "http://app.example/", "https://u@app.example/"} {
			assert.Equal(t, []string{"returnUri"}, functiontesting.Refused(t, call("bad", with(body, "returnUri", uri)), http.StatusBadRequest, "RETURN_URI_NOT_ALLOWED"))
		}
		good := functiontesting.Call{Method: http.MethodPost, Path: w.Path(""), Token: w.Learner, Body: body}
		functiontesting.CheckRefusals(t, subscribe.Handle, "Subscribe", w.Issuer, good, w.Other)
		assert.Len(t, w.Sagas(t), before)
	})
}
