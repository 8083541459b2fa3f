package pubsub_test

import (
	"bytes"
	"context"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	client "cloud.google.com/go/pubsub/v2"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/kwipper/kwipper/emulators/pubsub"
)

// withDeadLetters has five attempts and a pull subscription "dead" on the dead letters.
func withDeadLetters(t *testing.T, c *client.Client, endpoint string) {
	t.Helper()
	createTopic(t, c, "topic")
	createTopic(t, c, "dead-letters")
	createSubscription(t, c, &pb.Subscription{Name: subscriptionName("dead"), Topic: topicName("dead-letters")})
	config := pushTo(endpoint)
	config.DeadLetterPolicy = &pb.DeadLetterPolicy{DeadLetterTopic: topicName("dead-letters"), MaxDeliveryAttempts: 5}
	createSubscription(t, c, config)
}

func pullOne(t *testing.T, c *client.Client, subscription string) *pb.ReceivedMessage {
	t.Helper()
	response, err := c.SubscriptionAdminClient.Pull(t.Context(),
		&pb.PullRequest{Subscription: subscriptionName(subscription), MaxMessages: 1})
	require.NoError(t, err)
	require.Len(t, response.ReceivedMessages, 1)
	return response.ReceivedMessages[0]
}

func TestExhaustedMessageGoesToTheDeadLetterTopic(t *testing.T) {
	server := startServer(t, pubsub.Options{})
	c := dial(t, server.Addr())
	var healthy atomic.Bool
	target := newEndpoint(t, func(pushed) int {
		if healthy.Load() {
			return http.StatusOK
		}
		return http.StatusInternalServerError
	})
	withDeadLetters(t, c, target.URL)
	id := publish(t, c, "topic", &client.Message{Data: []byte("poison"), Attributes: map[string]string{"k": "v"}})
	awaitSettled(t, server)

	pushes := target.pushes()
	require.Len(t, pushes, 5)
	for i, push := range pushes {
		assert.Equal(t, i+1, push.DeliveryAttempt)
	}
	dead := pullOne(t, c, "dead").Message
	assert.Equal(t, "poison", string(dead.Data))
	assert.Equal(t, "v", dead.Attributes["k"])
	assert.Equal(t, "5", dead.Attributes["CloudPubSubDeadLetterSourceDeliveryCount"])
	assert.Equal(t, "sub", dead.Attributes["CloudPubSubDeadLetterSourceSubscription"])
	assert.Equal(t, project, dead.Attributes["CloudPubSubDeadLetterSourceSubscriptionProject"])
	assert.NotEmpty(t, dead.Attributes["CloudPubSubDeadLetterSourceTopicPublishTime"])

	letters := server.DeadLetters()
	require.Len(t, letters, 1)
	assert.Equal(t, id, letters[0].MessageID)
	assert.Equal(t, dead.MessageId, letters[0].ForwardedID)

	healthy.Store(true)
	require.NoError(t, server.Redeliver(id))
	awaitSettled(t, server)
	pushes = target.pushes()
	require.Len(t, pushes, 6)
	assert.Equal(t, 1, pushes[5].DeliveryAttempt, "attempts are counted anew")
	assert.Equal(t, id, pushes[5].Message.MessageID)
}

func TestAttemptsAreCountedAcrossARestart(t *testing.T) {
	dir := t.TempDir()
	target := newEndpoint(t, func(pushed) int { return http.StatusInternalServerError })
	first, err := pubsub.Start(t.Context(), pubsub.Options{DataDir: dir})
	require.NoError(t, err)
	c := dial(t, first.Addr())
	withDeadLetters(t, c, target.URL)
	_, err = c.SubscriptionAdminClient.UpdateSubscription(t.Context(), &pb.UpdateSubscriptionRequest{
		Subscription: &pb.Subscription{Name: subscriptionName("sub"), RetryPolicy: &pb.RetryPolicy{}},
		UpdateMask:   &fieldmaskpb.FieldMask{Paths: []string{"retry_policy"}}})
	require.NoError(t, err)
	publish(t, c, "topic", &client.Message{Data: []byte("x")})
	require.Eventually(t, func() bool {
		pending := first.Pending(1)
		return len(pending) == 1 && !pending[0].NextAttempt.IsZero()
	}, patience, time.Millisecond, "the first attempt has failed, the second is 10 s away")
	require.NoError(t, first.Close())

	second := startServer(t, pubsub.Options{DataDir: dir})
	pushes := target.awaitPushes(t, 2)
	assert.Equal(t, 2, pushes[1].DeliveryAttempt)
	assert.Equal(t, 1, second.InFlight())
}

func TestMissingDeadLetterTopicKeepsTheMessage(t *testing.T) {
	server := startServer(t, pubsub.Options{})
	c := dial(t, server.Addr())
	var healthy atomic.Bool
	target := newEndpoint(t, func(pushed) int {
		if healthy.Load() {
			return http.StatusOK
		}
		return http.StatusInternalServerError
	})
	withDeadLetters(t, c, target.URL)
	err := c.TopicAdminClient.DeleteTopic(t.Context(), &pb.DeleteTopicRequest{Topic: topicName("dead-letters")})
	require.NoError(t, err)
	publish(t, c, "topic", &client.Message{Data: []byte("x")})
	target.awaitPushes(t, 8)
	healthy.Store(true)
	awaitSettled(t, server)
	assert.Empty(t, server.DeadLetters())
}

func TestFaultsHappenToPushes(t *testing.T) {
	tests := map[string]struct {
		fault  pubsub.PushFault
		pushes int
	}{
		"lost response": {pubsub.PushFault{LoseResponse: true}, 2},
		"duplicate":     {pubsub.PushFault{Duplicates: 2}, 3},
		"status":        {pubsub.PushFault{Status: http.StatusServiceUnavailable}, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := startServer(t, pubsub.Options{})
			c := dial(t, server.Addr())
			target := newEndpoint(t, nil)
			createTopic(t, c, "topic")
			createSubscription(t, c, pushTo(target.URL))
			server.SetBeforePush(func(_ context.Context, attempt pubsub.PushAttempt) pubsub.PushFault {
				if attempt.Attempt == 1 {
					return test.fault
				}
				return pubsub.PushFault{}
			})
			id := publish(t, c, "topic", &client.Message{Data: []byte("x")})
			awaitSettled(t, server)
			assert.Len(t, target.pushes(), test.pushes)
			deliveries := server.Deliveries()
			require.NotEmpty(t, deliveries)
			assert.Equal(t, id, deliveries[0].MessageID)
			assert.True(t, deliveries[0].Acknowledged)
		})
	}
}

func TestRedeliverRepeatsAnAcknowledgedMessage(t *testing.T) {
	server := startServer(t, pubsub.Options{})
	c := dial(t, server.Addr())
	target := newEndpoint(t, nil)
	createTopic(t, c, "topic")
	createSubscription(t, c, pushTo(target.URL))
	id := publish(t, c, "topic", &client.Message{Data: []byte("x")})
	awaitSettled(t, server)
	require.NoError(t, server.Redeliver(id))
	awaitSettled(t, server)
	assert.Len(t, target.pushes(), 2)
	assert.Equal(t, codes.NotFound, status.Code(server.Redeliver("0")))
}

func TestSnapshotRestorePurgeReset(t *testing.T) {
	server := startServer(t, pubsub.Options{})
	c := dial(t, server.Addr())
	var healthy atomic.Bool
	target := newEndpoint(t, func(pushed) int {
		if healthy.Load() {
			return http.StatusOK
		}
		return http.StatusInternalServerError
	})
	createTopic(t, c, "topic")
	createSubscription(t, c, pushTo(target.URL))
	id := publish(t, c, "topic", &client.Message{Data: []byte("x")})
	target.awaitPushes(t, 2)
	pending := server.Pending(10)
	require.Len(t, pending, 1)
	assert.Equal(t, id, pending[0].MessageID)
	assert.Positive(t, pending[0].Attempts)
	var snapshot bytes.Buffer
	require.NoError(t, server.Snapshot(&snapshot))

	require.NoError(t, server.Purge())
	assert.Zero(t, server.InFlight())
	_, err := c.TopicAdminClient.GetTopic(t.Context(), &pb.GetTopicRequest{Topic: topicName("topic")})
	require.NoError(t, err)
	require.NoError(t, server.Reset())
	_, err = c.TopicAdminClient.GetTopic(t.Context(), &pb.GetTopicRequest{Topic: topicName("topic")})
	assert.Equal(t, codes.NotFound, status.Code(err))

	healthy.Store(true)
	before := len(target.pushes())
	require.NoError(t, server.Restore(&snapshot))
	awaitSettled(t, server)
	pushes := target.pushes()
	require.Len(t, pushes, before+1)
	assert.Equal(t, id, pushes[before].Message.MessageID)
}
