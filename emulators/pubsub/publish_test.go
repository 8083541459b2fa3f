package pubsub_test

import (
	"context"
	"testing"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/pubsub"
)

// Publishing fails before it is done, or its answer is lost when the server has the message;
// a client that asks again, as it does when nobody was there, then publishes twice.
func TestPublishingFailsBeforeAndAfter(t *testing.T) {
	for name, test := range map[string]struct {
		code      codes.Code
		publishes bool // the first time
		want      codes.Code
		messages  int
	}{
		"before":        {codes.PermissionDenied, false, codes.PermissionDenied, 0},
		"after":         {codes.PermissionDenied, true, codes.PermissionDenied, 1},
		"before, again": {codes.Unavailable, false, codes.OK, 1},
		"after, again":  {codes.Unavailable, true, codes.OK, 2},
	} {
		t.Run(name, func(t *testing.T) {
			server := startServer(t, pubsub.Options{})
			c := dial(t, server.Addr())
			target := newEndpoint(t, nil)
			createTopic(t, c, "topic")
			createSubscription(t, c, pushTo(target.URL))
			calls := 0
			server.SetAroundPublish(func(_ context.Context, topic string, publish func() error) error {
				assert.Equal(t, topicName("topic"), topic)
				if calls++; calls > 1 {
					return publish()
				}
				if test.publishes {
					require.NoError(t, publish())
				}
				return status.Error(test.code, "on demand")
			})
			_, err := c.TopicAdminClient.Publish(t.Context(), &pb.PublishRequest{
				Topic: topicName("topic"), Messages: []*pb.PubsubMessage{{Data: []byte("hello")}},
			})
			assert.Equal(t, test.want, status.Code(err), "%v", err)
			server.SetAroundPublish(nil)
			awaitSettled(t, server)
			assert.Len(t, target.pushes(), test.messages)
		})
	}
}
