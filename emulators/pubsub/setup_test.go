package pubsub_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	client "cloud.google.com/go/pubsub/v2"
	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/kwipper/kwipper/emulators/pubsub"
)

const (
	project  = "test-project"
	patience = 10 * time.Second
)

func topicName(id string) string { return "projects/" + project + "/topics/" + id }

func subscriptionName(id string) string { return "projects/" + project + "/subscriptions/" + id }

func startServer(t testing.TB, options pubsub.Options) *pubsub.Server {
	t.Helper()
	server, err := pubsub.Start(context.Background(), options)
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close() })
	return server
}

// dial returns the unmodified client, connected as PUBSUB_EMULATOR_HOST would.
func dial(t testing.TB, addr string) *client.Client {
	t.Helper()
	connected, err := client.NewClient(context.Background(), project,
		option.WithEndpoint(addr),
		option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	require.NoError(t, err)
	t.Cleanup(func() { _ = connected.Close() })
	return connected
}

func createTopic(t testing.TB, c *client.Client, id string) {
	t.Helper()
	_, err := c.TopicAdminClient.CreateTopic(t.Context(), &pb.Topic{Name: topicName(id)})
	require.NoError(t, err)
}

func createSubscription(t testing.TB, c *client.Client, config *pb.Subscription) {
	t.Helper()
	_, err := c.SubscriptionAdminClient.CreateSubscription(t.Context(), config)
	require.NoError(t, err)
}

// pushTo is a subscription "sub" of topic "topic" that retries at once.
func pushTo(endpoint string) *pb.Subscription {
	return &pb.Subscription{
		Name:        subscriptionName("sub"),
		Topic:       topicName("topic"),
		PushConfig:  &pb.PushConfig{PushEndpoint: endpoint},
		RetryPolicy: quickRetry(),
	}
}

func quickRetry() *pb.RetryPolicy {
	return &pb.RetryPolicy{
		MinimumBackoff: durationpb.New(time.Millisecond),
		MaximumBackoff: durationpb.New(5 * time.Millisecond),
	}
}

func publish(t testing.TB, c *client.Client, topic string, message *client.Message) string {
	t.Helper()
	publisher := c.Publisher(topic)
	publisher.EnableMessageOrdering = message.OrderingKey != ""
	defer publisher.Stop()
	id, err := publisher.Publish(t.Context(), message).Get(t.Context())
	require.NoError(t, err)
	return id
}

// pushed is a push as an endpoint sees it.
type pushed struct {
	Header http.Header
	Body   []byte

	Message struct {
		Data        []byte            `json:"data"`
		Attributes  map[string]string `json:"attributes"`
		MessageID   string            `json:"messageId"`
		OrderingKey string            `json:"orderingKey"`
	} `json:"message"`
	Subscription    string `json:"subscription"`
	DeliveryAttempt int    `json:"deliveryAttempt"`
}

// endpoint records pushes and answers as told.
type endpoint struct {
	URL    string
	mu     sync.Mutex
	got    []pushed
	answer func(pushed) int
}

func newEndpoint(t testing.TB, answer func(pushed) int) *endpoint {
	t.Helper()
	e := &endpoint{answer: answer}
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	e.URL = server.URL
	return e
}

func (e *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	push := pushed{Header: r.Header, Body: body}
	_ = json.Unmarshal(body, &push)
	e.mu.Lock()
	e.got = append(e.got, push)
	e.mu.Unlock()
	if e.answer != nil {
		w.WriteHeader(e.answer(push))
	}
}

func (e *endpoint) pushes() []pushed {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]pushed{}, e.got...)
}

func (e *endpoint) data() []string {
	var all []string
	for _, push := range e.pushes() {
		all = append(all, string(push.Message.Data))
	}
	return all
}

func (e *endpoint) awaitPushes(t testing.TB, count int) []pushed {
	t.Helper()
	require.Eventually(t, func() bool { return len(e.pushes()) >= count }, patience, time.Millisecond)
	return e.pushes()
}

func awaitSettled(t testing.TB, server *pubsub.Server) {
	t.Helper()
	require.Eventually(t, func() bool { return server.InFlight() == 0 }, patience, time.Millisecond)
}

func unwrapped() *pb.PushConfig_NoWrapper_ {
	return &pb.PushConfig_NoWrapper_{NoWrapper: &pb.PushConfig_NoWrapper{WriteMetadata: true}}
}

var keys atomic.Int64

func newKey() string { return strconv.FormatInt(keys.Add(1), 10) }
