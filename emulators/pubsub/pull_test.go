package pubsub_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	client "cloud.google.com/go/pubsub/v2"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/kwipper/kwipper/emulators/pubsub"
)

func pullSubscription() *pb.Subscription {
	return &pb.Subscription{Name: subscriptionName("sub"), Topic: topicName("topic")}
}

func TestReceiveGetsEveryMessageWithinItsFlowControl(t *testing.T) {
	tests := map[string]struct{ messages, outstanding int }{
		"few at a time": {50, 10}, // the client acknowledges every 100 ms only
		"many":          {2000, 1000},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { receiveAll(t, test.messages, test.outstanding) })
	}
}

func receiveAll(t *testing.T, count, outstanding int) {
	server := startServer(t, pubsub.Options{})
	c := dial(t, server.Addr())
	createTopic(t, c, "topic")
	createSubscription(t, c, pullSubscription())
	for i := range count {
		_, err := server.Publish(t.Context(), topicName("topic"), fmt.Appendf(nil, "%d", i), nil)
		require.NoError(t, err)
	}
	subscriber := c.Subscriber("sub")
	subscriber.ReceiveSettings.MaxOutstandingMessages = outstanding
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var mu sync.Mutex
	seen := map[string]int{}
	var running, most atomic.Int32
	err := subscriber.Receive(ctx, func(_ context.Context, m *client.Message) {
		most.Store(max(most.Load(), running.Add(1))) // not exact, but never too high
		defer running.Add(-1)
		mu.Lock()
		defer mu.Unlock()
		seen[string(m.Data)]++
		m.Ack()
		if len(seen) == count {
			cancel()
		}
	})
	require.NoError(t, err)
	assert.Len(t, seen, count)
	assert.LessOrEqual(t, int(most.Load()), outstanding)
}

func TestNackedMessageComesAgain(t *testing.T) {
	server := startServer(t, pubsub.Options{})
	c := dial(t, server.Addr())
	createTopic(t, c, "topic")
	createSubscription(t, c, pullSubscription())
	publish(t, c, "topic", &client.Message{Data: []byte("x")})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var received atomic.Int32
	err := c.Subscriber("sub").Receive(ctx, func(_ context.Context, m *client.Message) {
		if received.Add(1) < 3 {
			m.Nack()
			return
		}
		m.Ack()
		cancel()
	})
	require.NoError(t, err)
	assert.Equal(t, int32(3), received.Load())
}

func TestUnaryPullAcknowledgeAndModifyDeadline(t *testing.T) {
	server := startServer(t, pubsub.Options{})
	c := dial(t, server.Addr())
	createTopic(t, c, "topic")
	createSubscription(t, c, pullSubscription())
	publish(t, c, "topic", &client.Message{Data: []byte("x")})

	first := pullOne(t, c, "sub")
	refuse := &pb.ModifyAckDeadlineRequest{Subscription: subscriptionName("sub"), AckIds: []string{first.AckId}}
	require.NoError(t, c.SubscriptionAdminClient.ModifyAckDeadline(t.Context(), refuse))
	second := pullOne(t, c, "sub")
	assert.Equal(t, first.Message.MessageId, second.Message.MessageId)
	assert.NotEqual(t, first.AckId, second.AckId)
	require.NoError(t, c.SubscriptionAdminClient.ModifyAckDeadline(t.Context(), refuse), "a stale refusal is ignored")

	require.NoError(t, c.SubscriptionAdminClient.Acknowledge(t.Context(),
		&pb.AcknowledgeRequest{Subscription: subscriptionName("sub"), AckIds: []string{second.AckId, "nonsense"}}))
	response, err := c.SubscriptionAdminClient.Pull(t.Context(), &pb.PullRequest{
		Subscription: subscriptionName("sub"), MaxMessages: 1, ReturnImmediately: true}) //nolint:staticcheck // deprecated, but real
	require.NoError(t, err)
	assert.Empty(t, response.ReceivedMessages)
	assert.Zero(t, server.InFlight(), "pull subscriptions hold nobody up")
}

func TestSeekToNowDropsTheBacklog(t *testing.T) {
	server := startServer(t, pubsub.Options{})
	c := dial(t, server.Addr())
	createTopic(t, c, "topic")
	createSubscription(t, c, pullSubscription())
	publish(t, c, "topic", &client.Message{Data: []byte("old")})
	_, err := c.SubscriptionAdminClient.Seek(t.Context(), &pb.SeekRequest{
		Subscription: subscriptionName("sub"), Target: &pb.SeekRequest_Time{Time: timestamppb.New(time.Now())}})
	require.NoError(t, err)
	publish(t, c, "topic", &client.Message{Data: []byte("new")})
	assert.Equal(t, "new", string(pullOne(t, c, "sub").Message.Data))

	_, err = c.SubscriptionAdminClient.CreateSnapshot(t.Context(), &pb.CreateSnapshotRequest{
		Name: "projects/" + project + "/snapshots/s", Subscription: subscriptionName("sub")})
	assert.Equal(t, codes.Unimplemented, status.Code(err))
}
