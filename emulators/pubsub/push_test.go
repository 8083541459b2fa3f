package pubsub_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	client "cloud.google.com/go/pubsub/v2"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/pubsub"
)

func TestPushSendsTheEnvelope(t *testing.T) {
	server := startServer(t, pubsub.Options{})
	c := dial(t, server.Addr())
	target := newEndpoint(t, nil)
	createTopic(t, c, "topic")
	createSubscription(t, c, pushTo(target.URL))

	id := publish(t, c, "topic", &client.Message{Data: []byte("hello"), Attributes: map[string]string{"k": "v"}})
	push := target.awaitPushes(t, 1)[0]
	awaitSettled(t, server)

	var body map[string]any
	require.NoError(t, json.Unmarshal(push.Body, &body))
	m := body["message"].(map[string]any)
	assert.Equal(t, subscriptionName("sub"), body["subscription"])
	assert.Equal(t, "aGVsbG8=", m["data"])
	assert.Equal(t, map[string]any{"k": "v"}, m["attributes"])
	assert.Equal(t, id, m["messageId"])
	assert.Equal(t, id, m["message_id"])
	assert.Equal(t, m["publishTime"], m["publish_time"])
	_, err := time.Parse(time.RFC3339Nano, m["publishTime"].(string))
	assert.NoError(t, err)
	assert.NotContains(t, body, "deliveryAttempt", "only with a dead letter policy")
	assert.Empty(t, push.Header.Get("Authorization"))
	assert.Equal(t, "application/json", push.Header.Get("Content-Type"))
}

func TestPushRetriesUntilAcknowledged(t *testing.T) {
	tests := map[string]struct {
		status int
		pushes int
	}{
		"200 acknowledges":    {http.StatusOK, 1},
		"201 acknowledges":    {http.StatusCreated, 1},
		"202 acknowledges":    {http.StatusAccepted, 1},
		"204 acknowledges":    {http.StatusNoContent, 1},
		"206 is retried":      {http.StatusPartialContent, 3},
		"redirect is retried": {http.StatusFound, 3},
		"400 is retried":      {http.StatusBadRequest, 3},
		"500 is retried":      {http.StatusInternalServerError, 3},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := startServer(t, pubsub.Options{})
			c := dial(t, server.Addr())
			var count atomic.Int32
			target := newEndpoint(t, func(pushed) int {
				if count.Add(1) < 3 {
					return test.status
				}
				return http.StatusOK
			})
			createTopic(t, c, "topic")
			createSubscription(t, c, pushTo(target.URL))
			publish(t, c, "topic", &client.Message{Data: []byte("x")})
			target.awaitPushes(t, test.pushes)
			awaitSettled(t, server)
			assert.Len(t, target.pushes(), test.pushes)
		})
	}
}

func TestPushCarriesATokenOfTheServiceAccount(t *testing.T) {
	var failures atomic.Int32
	tokens := func(_ context.Context, account, audience string) (string, error) {
		if failures.Add(1) == 1 {
			return "", errors.New("issuer not ready")
		}
		return account + "|" + audience, nil
	}
	server := startServer(t, pubsub.Options{Tokens: tokens})
	c := dial(t, server.Addr())
	target := newEndpoint(t, nil)
	createTopic(t, c, "topic")
	config := pushTo(target.URL)
	config.PushConfig.AuthenticationMethod = &pb.PushConfig_OidcToken_{
		OidcToken: &pb.PushConfig_OidcToken{ServiceAccountEmail: "sa@x"}}
	createSubscription(t, c, config)

	publish(t, c, "topic", &client.Message{Data: []byte("x")})
	push := target.awaitPushes(t, 1)[0]
	assert.Equal(t, "Bearer sa@x|"+target.URL, push.Header.Get("Authorization"),
		"the audience is the endpoint unless set")
}

func TestPushTakesSilenceBeyondTheAckDeadlineForARefusal(t *testing.T) {
	if testing.Short() {
		t.Skip("the shortest acknowledgement deadline is 10 s")
	}
	t.Parallel()
	server := startServer(t, pubsub.Options{})
	c := dial(t, server.Addr())
	var count atomic.Int32
	hang := make(chan struct{})
	defer close(hang)
	target := newEndpoint(t, func(pushed) int {
		if count.Add(1) == 1 {
			<-hang
		}
		return http.StatusOK
	})
	createTopic(t, c, "topic")
	createSubscription(t, c, pushTo(target.URL))
	publish(t, c, "topic", &client.Message{Data: []byte("x")})
	require.Eventually(t, func() bool { return server.InFlight() == 0 }, 20*time.Second, 10*time.Millisecond)
	assert.Len(t, target.pushes(), 2)
}

func TestNoWrapperSendsTheDataAlone(t *testing.T) {
	server := startServer(t, pubsub.Options{})
	c := dial(t, server.Addr())
	target := newEndpoint(t, nil)
	createTopic(t, c, "topic")
	config := pushTo(target.URL)
	config.PushConfig.Wrapper = &pb.PushConfig_NoWrapper_{NoWrapper: &pb.PushConfig_NoWrapper{WriteMetadata: true}}
	createSubscription(t, c, config)

	id := publish(t, c, "topic", &client.Message{Data: []byte("raw"), Attributes: map[string]string{"k": "v"}})
	push := target.awaitPushes(t, 1)[0]
	assert.Equal(t, "raw", string(push.Body))
	assert.Equal(t, "v", push.Header.Get("k"))
	assert.Equal(t, id, push.Header.Get("x-goog-pubsub-message-id"))
}

func TestOrderingKeysSerialiseOnlyTheirOwn(t *testing.T) {
	server := startServer(t, pubsub.Options{})
	c := dial(t, server.Addr())
	held := make(chan struct{})
	var refusals atomic.Int32
	target := newEndpoint(t, func(push pushed) int {
		if push.Message.OrderingKey == "slow" {
			<-held
		}
		if string(push.Message.Data) == "b1" && refusals.Add(1) < 3 {
			return http.StatusServiceUnavailable
		}
		return http.StatusOK
	})
	createTopic(t, c, "topic")
	config := pushTo(target.URL)
	config.EnableMessageOrdering = true
	createSubscription(t, c, config)

	for _, m := range []struct{ key, data string }{
		{"slow", "a1"}, {"slow", "a2"}, {"quick", "b1"}, {"quick", "b2"}, {"", "c"},
	} {
		publish(t, c, "topic", &client.Message{Data: []byte(m.data), OrderingKey: m.key})
	}
	require.Eventually(t, func() bool { return server.InFlight() == 2 }, patience, time.Millisecond)
	assert.NotContains(t, target.data(), "a2")
	close(held)
	awaitSettled(t, server)

	var slow, quick []string
	for _, push := range target.pushes() {
		switch push.Message.OrderingKey {
		case "slow":
			slow = append(slow, string(push.Message.Data))
		case "quick":
			quick = append(quick, string(push.Message.Data))
		}
	}
	assert.Equal(t, []string{"a1", "a2"}, slow)
	assert.Equal(t, []string{"b1", "b1", "b1", "b2"}, quick, "a refused message holds back those after it")
}

func TestFilterSelectsMessages(t *testing.T) {
	server := startServer(t, pubsub.Options{})
	c := dial(t, server.Addr())
	target := newEndpoint(t, nil)
	createTopic(t, c, "topic")
	config := pushTo(target.URL)
	config.Filter = `attributes.command = "Pay" OR hasPrefix(attributes.command, "Refund")`
	createSubscription(t, c, config)

	for _, command := range []string{"Subscribe", "Pay", "RefundPayment"} {
		publish(t, c, "topic", &client.Message{Data: []byte(command), Attributes: map[string]string{"command": command}})
	}
	target.awaitPushes(t, 2)
	awaitSettled(t, server)
	assert.ElementsMatch(t, []string{"Pay", "RefundPayment"}, target.data())
}

func TestChangedEndpointTakesOver(t *testing.T) {
	server := startServer(t, pubsub.Options{})
	c := dial(t, server.Addr())
	before := newEndpoint(t, func(pushed) int { return http.StatusInternalServerError })
	after := newEndpoint(t, nil)
	createTopic(t, c, "topic")
	createSubscription(t, c, pushTo(before.URL))
	publish(t, c, "topic", &client.Message{Data: []byte("x")})
	before.awaitPushes(t, 1)

	err := c.SubscriptionAdminClient.ModifyPushConfig(t.Context(), &pb.ModifyPushConfigRequest{
		Subscription: subscriptionName("sub"), PushConfig: &pb.PushConfig{PushEndpoint: after.URL}})
	require.NoError(t, err)
	after.awaitPushes(t, 1)
	awaitSettled(t, server)
}

func TestManyPublishersAndSubscriptionsLoseNothing(t *testing.T) {
	server := startServer(t, pubsub.Options{DataDir: t.TempDir()})
	c := dial(t, server.Addr())
	first, second := newEndpoint(t, nil), newEndpoint(t, nil)
	createTopic(t, c, "topic")
	createSubscription(t, c, pushTo(first.URL))
	config := pushTo(second.URL)
	config.Name = subscriptionName("other")
	createSubscription(t, c, config)

	var publishers sync.WaitGroup
	for range 8 {
		publishers.Go(func() {
			for range 50 {
				_, err := server.Publish(context.Background(), topicName("topic"), []byte("x"), nil)
				assert.NoError(t, err)
			}
		})
	}
	publishers.Wait()
	awaitSettled(t, server)
	assert.Len(t, first.pushes(), 400)
	assert.Len(t, second.pushes(), 400)
}

func TestOutstandingPushesAreLimited(t *testing.T) {
	server := startServer(t, pubsub.Options{MaxOutstandingPushes: 3})
	c := dial(t, server.Addr())
	var waiting atomic.Int32
	release := make(chan struct{})
	target := newEndpoint(t, func(pushed) int {
		waiting.Add(1)
		<-release
		return http.StatusOK
	})
	createTopic(t, c, "topic")
	createSubscription(t, c, pushTo(target.URL))
	for range 10 {
		_, err := server.Publish(t.Context(), topicName("topic"), []byte("x"), nil)
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool { return waiting.Load() == 3 }, patience, time.Millisecond)
	require.Never(t, func() bool { return waiting.Load() > 3 }, 50*time.Millisecond, 5*time.Millisecond)
	close(release)
	awaitSettled(t, server)
	assert.Len(t, target.pushes(), 10)
}

func TestRestoreInTheMiddleOfPushesLosesNothing(t *testing.T) {
	server := startServer(t, pubsub.Options{})
	c := dial(t, server.Addr())
	var open atomic.Bool
	release := make(chan struct{})
	target := newEndpoint(t, func(pushed) int {
		if !open.Load() {
			<-release
		}
		return http.StatusOK
	})
	createTopic(t, c, "topic")
	createSubscription(t, c, pushTo(target.URL))
	for range 5 {
		_, err := server.Publish(t.Context(), topicName("topic"), []byte("x"), nil)
		require.NoError(t, err)
	}
	target.awaitPushes(t, 5)
	var snapshot bytes.Buffer
	require.NoError(t, server.Snapshot(&snapshot))
	open.Store(true)
	require.NoError(t, server.Restore(&snapshot), "does not wait for endpoints that hang")
	target.awaitPushes(t, 10)
	close(release)
	awaitSettled(t, server)
	assert.Len(t, target.pushes(), 10)
}
