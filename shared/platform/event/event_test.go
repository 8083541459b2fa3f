package event_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/auth/authtest"
	"github.com/kwipper/kwipper/shared/platform/event"
	"github.com/kwipper/kwipper/shared/platform/pubsubclient/pubsubtest"
)

// fixture is an event function's surroundings.
type fixture struct {
	t      *testing.T
	issuer *authtest.Issuer
	pubsub *pubsubtest.Server
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	issuer := authtest.New(t)
	issuer.UseForServices(t)
	return fixture{t: t, issuer: issuer, pubsub: pubsubtest.New(t)}
}

func wire(context.Context) (string, error) { return "wired", nil }

// deliver sends body to the function name as the invoking service account.
func (f fixture) deliver(name string, handler http.HandlerFunc, body string) int {
	f.t.Helper()
	return f.send(handler, f.issuer.Service(f.t, "https://functions.test/"+name), body)
}

func (f fixture) send(handler http.HandlerFunc, token, body string) int {
	f.t.Helper()
	r := httptest.NewRequestWithContext(f.t.Context(), http.MethodPost, "/", strings.NewReader(body))
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer := httptest.NewRecorder()
	handler(answer, r)
	return answer.Code
}

// push wraps data as Pub/Sub pushes it.
func push(t *testing.T, subscription string, data []byte, attributes map[string]string) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{
		"message":      map[string]any{"data": data, "attributes": attributes, "messageId": "42", "publishTime": "2026-11-22T01:02:03Z"},
		"subscription": "projects/p/subscriptions/" + subscription, "deliveryAttempt": 3,
	})
	require.NoError(t, err)
	return string(body)
}

func commandData(t *testing.T, compensation bool) []byte {
	t.Helper()
	data, err := json.Marshal(message.Command{
		Version: 1, Saga: "jp-1", Step: "DoPayment", Service: "billing", Name: "DoPayment", Country: "jp",
		Compensation: compensation, Body: json.RawMessage(`{}`),
	})
	require.NoError(t, err)
	return data
}

func TestCommandIsHandledAndAnswered(t *testing.T) {
	f := newFixture(t)
	handler := event.Command("Pay", wire, func(_ context.Context, dependencies string, c message.Command) (message.Reply, error) {
		assert.Equal(t, "wired", dependencies)
		return c.Reply(map[string]string{"paymentId": "1"})
	})
	body := push(t, "billing-commands.Pay", commandData(t, false), map[string]string{"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"})
	assert.Equal(t, http.StatusNoContent, f.deliver("Pay", handler, body))
	replies := f.pubsub.Published(message.RepliesTopic)
	require.Len(t, replies, 1)
	reply, err := message.DecodeReply([]byte(replies[0].Data))
	require.NoError(t, err)
	assert.Equal(t, message.Done, reply.Outcome)
	assert.Equal(t, "jp-1", replies[0].Attributes["saga"])
	assert.Contains(t, replies[0].Attributes["traceparent"], "4bf92f3577b34da6a3ce929d0e0e4736")
}

func TestOutcomesOfACommand(t *testing.T) {
	declined := fault.New(fault.FailedPrecondition, "CARD_DECLINED", "declined").With("declineCode", "generic")
	for name, test := range map[string]struct {
		err          error
		compensation bool
		panics       bool
		status       int
		replies      int
	}{
		"no reply yet":         {nil, false, false, http.StatusNoContent, 0},
		"final fault":          {declined, false, false, http.StatusNoContent, 1},
		"compensation refused": {declined, true, false, http.StatusServiceUnavailable, 0},
		"conflict":             {fault.New(fault.Conflict, "BUSY", "busy"), false, false, http.StatusServiceUnavailable, 0},
		"unavailable":          {fault.New(fault.Unavailable, "UNAVAILABLE", "x"), false, false, http.StatusServiceUnavailable, 0},
		"unknown":              {errors.New("x"), false, false, http.StatusServiceUnavailable, 0},
		"panic":                {nil, false, true, http.StatusServiceUnavailable, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			handler := event.Command("Pay", wire, func(context.Context, string, message.Command) (message.Reply, error) {
				if test.panics {
					panic("boom")
				}
				return message.Reply{}, test.err
			})
			got := f.deliver("Pay", handler, push(t, "billing-commands.Pay", commandData(t, test.compensation), nil))
			assert.Equal(t, test.status, got)
			replies := f.pubsub.Published(message.RepliesTopic)
			require.Len(t, replies, test.replies)
			assert.Empty(t, f.pubsub.Published("billing-commands-dead"))
			for _, published := range replies {
				reply, err := message.DecodeReply([]byte(published.Data))
				require.NoError(t, err)
				assert.Equal(t, message.Refused, reply.Outcome)
				assert.Equal(t, "CARD_DECLINED", reply.Failure.Reason)
				assert.Equal(t, "failed precondition", reply.Failure.Kind)
				assert.Equal(t, map[string]string{"declineCode": "generic"}, reply.Failure.Metadata)
			}
		})
	}
}

func TestWhatCannotBeDecodedIsADeadLetter(t *testing.T) {
	f := newFixture(t)
	handler := event.Command("Pay", wire, func(context.Context, string, message.Command) (message.Reply, error) {
		return message.Reply{}, errors.New("must not be reached")
	})
	body := push(t, "billing-commands.Pay", []byte(`{"version":99}`), map[string]string{"command": "DoPayment"})
	f.pubsub.Fail(status.Error(codes.PermissionDenied, "not now"))
	assert.Equal(t, http.StatusServiceUnavailable, f.deliver("Pay", handler, body), "not acknowledged before it is put away")
	f.pubsub.Fail(nil)
	assert.Equal(t, http.StatusNoContent, f.deliver("Pay", handler, body))
	dead := f.pubsub.Published("billing-commands-dead")
	require.Len(t, dead, 1)
	assert.Equal(t, `{"version":99}`, dead[0].Data)
	assert.Equal(t, "DoPayment", dead[0].Attributes["command"])
	assert.Equal(t, event.ReasonMalformed, dead[0].Attributes["deadReason"])
	assert.Equal(t, "3", dead[0].Attributes["CloudPubSubDeadLetterSourceDeliveryCount"])
	assert.Equal(t, http.StatusNoContent, f.deliver("Pay", handler, "no envelope"))
}

func TestReplyReachesTheOrchestrator(t *testing.T) {
	f := newFixture(t)
	var got []message.Reply
	handler := event.Reply("Orchestrate", wire, func(_ context.Context, _ string, r message.Reply) error {
		got = append(got, r)
		return nil
	})
	data := []byte(`{"version":1,"saga":"jp-1","step":"DoPayment","outcome":"DONE"}`)
	assert.Equal(t, http.StatusNoContent, f.deliver("Orchestrate", handler, push(t, "saga-replies.Orchestrate", data, nil)))
	require.Len(t, got, 1)
	assert.Equal(t, "DoPayment", got[0].Step)
	assert.Equal(t, "42", got[0].MessageID)
	assert.Equal(t, http.StatusNoContent, f.deliver("Orchestrate", handler, push(t, "saga-replies.Orchestrate", []byte(`{}`), nil)))
	assert.Len(t, f.pubsub.Published("saga-replies-dead"), 1)
}

func TestCallersThatAreRefused(t *testing.T) {
	f, stranger := newFixture(t), authtest.New(t)
	handler := event.Task("RenewBilling", wire, func(context.Context, string, struct{}) error { return errors.New("must not be reached") })
	const audience = "https://functions.test/RenewBilling"
	for name, test := range map[string]struct {
		token  string
		status int
	}{
		"no token":       {"", http.StatusUnauthorized},
		"expired":        {f.issuer.Token(t, map[string]any{"aud": audience, "exp": time.Now().Add(-time.Hour).Unix()}), http.StatusUnauthorized},
		"other issuer":   {stranger.Service(t, audience), http.StatusUnauthorized},
		"other function": {f.issuer.Service(t, "https://functions.test/Pay"), http.StatusUnauthorized},
		"forged":         {f.issuer.Forged(t, map[string]any{"aud": audience, "email": authtest.Invoker, "email_verified": true}), http.StatusUnauthorized},
		"other account":  {f.issuer.Token(t, map[string]any{"aud": audience, "email": "x@y.example", "email_verified": true}), http.StatusForbidden},
		"a user":         {f.issuer.User(t, "jp-1", "administrator"), http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, test.status, f.send(handler, test.token, "{}")) })
	}
	fresh := authtest.New(t)
	fresh.UseForServices(t)
	fresh.FailKeys(true)
	assert.Equal(t, http.StatusServiceUnavailable, f.send(handler, fresh.Service(t, audience), "{}"), "the token may be right")
}

func TestTasks(t *testing.T) {
	type task struct{ Shard int }
	f := newFixture(t)
	var got []task
	var result error
	handler := event.Task("EnqueueRenewals", wire, func(_ context.Context, _ string, t task) error {
		got = append(got, t)
		return result
	})
	assert.Equal(t, http.StatusNoContent, f.deliver("EnqueueRenewals", handler, `{"shard":3}`))
	assert.Equal(t, http.StatusNoContent, f.deliver("EnqueueRenewals", handler, ""), "the scheduler sends no body")
	assert.Equal(t, http.StatusNoContent, f.deliver("EnqueueRenewals", handler, `{"shard":"x"}`), "malformed for good")
	assert.Equal(t, []task{{3}, {0}}, got)
	result = fault.New(fault.NotFound, "NOT_FOUND", "gone")
	assert.Equal(t, http.StatusNoContent, f.deliver("EnqueueRenewals", handler, "{}"))
	result = errors.New("unknown")
	assert.Equal(t, http.StatusServiceUnavailable, f.deliver("EnqueueRenewals", handler, "{}"))
	assert.Equal(t, http.StatusRequestEntityTooLarge, f.deliver("EnqueueRenewals", handler, strings.Repeat(" ", 15<<20)))
}

func TestObjectNotifications(t *testing.T) {
	f := newFixture(t)
	var got []event.Object
	handler := event.ObjectNotification("FinalizeUpload", wire, func(_ context.Context, _ string, o event.Object) error {
		got = append(got, o)
		return nil
	})
	data := []byte(`{"bucket":"b","name":"c/i/v.mp4","generation":"1700000000000000","size":"9007199254740993",
		"contentType":"video/mp4","md5Hash":"m","crc32c":"c","metadata":{"k":"v"}}`)
	attributes := map[string]string{"eventType": event.EventObjectFinalized}
	assert.Equal(t, http.StatusNoContent, f.deliver("FinalizeUpload", handler, push(t, "media-objects.FinalizeUpload", data, attributes)))
	assert.Equal(t, []event.Object{{
		EventType: "OBJECT_FINALIZE", Bucket: "b", Name: "c/i/v.mp4", Generation: 1700000000000000, SizeBytes: 9007199254740993,
		ContentType: "video/mp4", MD5: "m", CRC32C: "c", Metadata: map[string]string{"k": "v"},
	}}, got)
	for _, wrong := range []string{`{}`, `{"bucket":"b","name":"n","size":"-1"}`, `{"bucket":"b","name":"n","generation":"x"}`, `[`} {
		assert.Equal(t, http.StatusNoContent, f.deliver("FinalizeUpload", handler, push(t, "media-objects.FinalizeUpload", []byte(wrong), attributes)), wrong)
	}
	assert.Len(t, got, 1)
	assert.Len(t, f.pubsub.Published("media-objects-dead"), 4)
}
