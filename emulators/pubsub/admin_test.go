package pubsub_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	client "cloud.google.com/go/pubsub/v2"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/kwipper/kwipper/emulators/pubsub"
)

func TestTopicsAreListedPageByPage(t *testing.T) {
	server := startServer(t, pubsub.Options{})
	c := dial(t, server.Addr())
	var want, got []string
	for i := range 7 {
		createTopic(t, c, fmt.Sprintf("topic-%d", i))
		want = append(want, topicName(fmt.Sprintf("topic-%d", i)))
	}
	topics := c.TopicAdminClient.ListTopics(t.Context(), &pb.ListTopicsRequest{Project: "projects/" + project, PageSize: 3})
	for topic, err := topics.Next(); !errors.Is(err, iterator.Done); topic, err = topics.Next() {
		require.NoError(t, err)
		got = append(got, topic.Name)
	}
	assert.Equal(t, want, got)
	_, err := c.TopicAdminClient.ListTopics(t.Context(), &pb.ListTopicsRequest{Project: "projects/other"}).Next()
	assert.Equal(t, iterator.Done, err)
}

func TestSubscriptionIsUpdatedDetachedDeleted(t *testing.T) {
	server := startServer(t, pubsub.Options{})
	c := dial(t, server.Addr())
	createTopic(t, c, "topic")
	createSubscription(t, c, pullSubscription())
	updated, err := c.SubscriptionAdminClient.UpdateSubscription(t.Context(), &pb.UpdateSubscriptionRequest{
		Subscription: &pb.Subscription{Name: subscriptionName("sub"), AckDeadlineSeconds: 30},
		UpdateMask:   &fieldmaskpb.FieldMask{Paths: []string{"ack_deadline_seconds"}}})
	require.NoError(t, err)
	assert.Equal(t, int32(30), updated.AckDeadlineSeconds)
	_, err = c.SubscriptionAdminClient.UpdateSubscription(t.Context(), &pb.UpdateSubscriptionRequest{
		Subscription: &pb.Subscription{Name: subscriptionName("sub"), Filter: "attributes:a"},
		UpdateMask:   &fieldmaskpb.FieldMask{Paths: []string{"filter"}}})
	assert.Equal(t, codes.InvalidArgument, status.Code(err))

	publish(t, c, "topic", &client.Message{Data: []byte("x")})
	_, err = c.TopicAdminClient.DetachSubscription(t.Context(),
		&pb.DetachSubscriptionRequest{Subscription: subscriptionName("sub")})
	require.NoError(t, err)
	_, err = c.SubscriptionAdminClient.Pull(t.Context(),
		&pb.PullRequest{Subscription: subscriptionName("sub"), MaxMessages: 1})
	assert.Equal(t, codes.FailedPrecondition, status.Code(err))

	require.NoError(t, c.SubscriptionAdminClient.DeleteSubscription(t.Context(),
		&pb.DeleteSubscriptionRequest{Subscription: subscriptionName("sub")}))
	_, err = c.SubscriptionAdminClient.GetSubscription(t.Context(),
		&pb.GetSubscriptionRequest{Subscription: subscriptionName("sub")})
	assert.Equal(t, codes.NotFound, status.Code(err))
}

func TestDeletedTopicLeavesItsSubscriptions(t *testing.T) {
	server := startServer(t, pubsub.Options{})
	c := dial(t, server.Addr())
	createTopic(t, c, "topic")
	createSubscription(t, c, pullSubscription())
	publish(t, c, "topic", &client.Message{Data: []byte("x")})
	require.NoError(t, c.TopicAdminClient.DeleteTopic(t.Context(), &pb.DeleteTopicRequest{Topic: topicName("topic")}))
	orphan, err := c.SubscriptionAdminClient.GetSubscription(t.Context(),
		&pb.GetSubscriptionRequest{Subscription: subscriptionName("sub")})
	require.NoError(t, err)
	assert.Equal(t, "_deleted-topic_", orphan.Topic)
	assert.Equal(t, "x", string(pullOne(t, c, "sub").Message.Data))
	_, err = server.Publish(t.Context(), topicName("topic"), []byte("x"), nil)
	assert.Equal(t, codes.NotFound, status.Code(err))
}

func TestInvalidSubscriptionsAreRefusedNamingTheField(t *testing.T) {
	server := startServer(t, pubsub.Options{})
	c := dial(t, server.Addr())
	createTopic(t, c, "topic")
	tests := map[string]struct {
		edit  func(*pb.Subscription)
		code  codes.Code
		field string
	}{
		"name":           {func(s *pb.Subscription) { s.Name = "sub" }, codes.InvalidArgument, "name"},
		"unknown topic":  {func(s *pb.Subscription) { s.Topic = topicName("other") }, codes.NotFound, "topic"},
		"filter":         {func(s *pb.Subscription) { s.Filter = "x" }, codes.InvalidArgument, "filter"},
		"short deadline": {func(s *pb.Subscription) { s.AckDeadlineSeconds = 1 }, codes.InvalidArgument, "ack_deadline_seconds"},
		"endpoint": {func(s *pb.Subscription) {
			s.PushConfig = &pb.PushConfig{PushEndpoint: "nowhere"}
		}, codes.InvalidArgument, "push_endpoint"},
		"long back-off": {func(s *pb.Subscription) {
			s.RetryPolicy = &pb.RetryPolicy{MaximumBackoff: durationpb.New(time.Hour)}
		}, codes.InvalidArgument, "retry_policy"},
		"few attempts": {func(s *pb.Subscription) {
			s.DeadLetterPolicy = &pb.DeadLetterPolicy{DeadLetterTopic: topicName("topic"), MaxDeliveryAttempts: 4}
		}, codes.InvalidArgument, "max_delivery_attempts"},
		"no dead letter topic": {func(s *pb.Subscription) {
			s.DeadLetterPolicy = &pb.DeadLetterPolicy{DeadLetterTopic: topicName("dead")}
		}, codes.NotFound, "dead"},
		"exactly once": {func(s *pb.Subscription) { s.EnableExactlyOnceDelivery = true }, codes.Unimplemented, "exactly-once"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			config := pullSubscription()
			test.edit(config)
			_, err := c.SubscriptionAdminClient.CreateSubscription(t.Context(), config)
			assert.Equal(t, test.code, status.Code(err))
			assert.ErrorContains(t, err, test.field)
		})
	}
}

func TestInvalidMessagesAreRefused(t *testing.T) {
	server := startServer(t, pubsub.Options{})
	c := dial(t, server.Addr())
	createTopic(t, c, "topic")
	tests := map[string][]*pb.PubsubMessage{
		"none":          {},
		"empty":         {{}},
		"too big":       {{Data: make([]byte, 10<<20+1)}},
		"attribute key": {{Attributes: map[string]string{"": "x"}}},
		"attribute":     {{Attributes: map[string]string{"k": string(make([]byte, 1025))}}},
	}
	for name, messages := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := c.TopicAdminClient.Publish(t.Context(), &pb.PublishRequest{Topic: topicName("topic"), Messages: messages})
			assert.Equal(t, codes.InvalidArgument, status.Code(err))
			assert.ErrorContains(t, err, "messages")
		})
	}
}
