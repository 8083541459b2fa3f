package scheduler_test

import (
	"testing"
	"time"

	client "cloud.google.com/go/pubsub/v2/apiv1"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	pb "cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/kwipper/kwipper/emulators/pubsub"
	"github.com/kwipper/kwipper/emulators/scheduler"
)

func TestJobReachesAnEndpointThroughThePubsubEmulator(t *testing.T) {
	messages, err := pubsub.Start(t.Context(), pubsub.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = messages.Close() })
	insecurely := []option.ClientOption{
		option.WithEndpoint(messages.Addr()),
		option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
	}
	topics, err := client.NewTopicAdminClient(t.Context(), insecurely...)
	require.NoError(t, err)
	defer topics.Close()
	subscriptions, err := client.NewSubscriptionAdminClient(t.Context(), insecurely...)
	require.NoError(t, err)
	defer subscriptions.Close()
	target := newEndpoint(t, nil)
	const topic = "projects/test/topics/ticks"
	_, err = topics.CreateTopic(t.Context(), &pubsubpb.Topic{Name: topic})
	require.NoError(t, err)
	_, err = subscriptions.CreateSubscription(t.Context(), &pubsubpb.Subscription{
		Name: "projects/test/subscriptions/ticks", Topic: topic,
		PushConfig: &pubsubpb.PushConfig{PushEndpoint: target.URL}})
	require.NoError(t, err)

	travel := halfPast()
	server := startServer(t, scheduler.Options{Clock: travel, Publisher: messages})
	create(t, dial(t, server.Addr()), &pb.Job{
		Name:     jobName("tick"),
		Schedule: "0 * * * *",
		Target: &pb.Job_PubsubTarget{PubsubTarget: &pb.PubsubTarget{
			TopicName: topic, Attributes: map[string]string{"k": "v"}}},
	})
	walk(t, server, travel, travel.Now().Add(3*time.Hour))
	require.Eventually(t, func() bool { return messages.InFlight() == 0 }, patience, time.Millisecond)
	assert.Len(t, target.calls(), 3)
}
