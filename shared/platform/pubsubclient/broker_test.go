package pubsubclient_test

import (
	"os"
	"testing"

	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/kwipper/kwipper/emulators/pubsub"
	"github.com/kwipper/kwipper/shared/platform/pubsubclient"
)

// broker returns the address in PUBSUB_EMULATOR_HOST, else that of an emulator of ours.
func broker(t *testing.T) string {
	t.Helper()
	if host := os.Getenv("PUBSUB_EMULATOR_HOST"); host != "" {
		return host
	}
	server, err := pubsub.Start(t.Context(), pubsub.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	t.Setenv("PUBSUB_EMULATOR_HOST", server.Addr())
	return server.Addr()
}

func TestWhatIsPublishedCanBePulled(t *testing.T) {
	host := broker(t)
	project, id := "broker-"+uuid.NewString(), "topic"
	t.Setenv("KWIPPER_PROJECT", project)
	connection, err := grpc.NewClient(host, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, connection.Close()) })
	topic, subscription := "projects/"+project+"/topics/"+id, "projects/"+project+"/subscriptions/"+id
	_, err = pubsubpb.NewPublisherClient(connection).CreateTopic(t.Context(), &pubsubpb.Topic{Name: topic})
	require.NoError(t, err)
	subscriber := pubsubpb.NewSubscriberClient(connection)
	_, err = subscriber.CreateSubscription(t.Context(), &pubsubpb.Subscription{Name: subscription, Topic: topic})
	require.NoError(t, err)

	publisher, err := pubsubclient.Open(t.Context())
	require.NoError(t, err)
	require.NoError(t, publisher.Publish(t.Context(), id, []byte("data"), map[string]string{"command": "Try"}))

	pulled, err := subscriber.Pull(t.Context(), &pubsubpb.PullRequest{Subscription: subscription, MaxMessages: 1})
	require.NoError(t, err)
	require.Len(t, pulled.GetReceivedMessages(), 1)
	message := pulled.GetReceivedMessages()[0].GetMessage()
	assert.Equal(t, "data", string(message.GetData()))
	assert.Equal(t, "Try", message.GetAttributes()["command"])
}
