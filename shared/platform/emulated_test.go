package platform_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	cloudtasks "cloud.google.com/go/cloudtasks/apiv2"
	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	pubsub "cloud.google.com/go/pubsub/v2/apiv1"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/kwipper/kwipper/emulators/identity"
	pubsubemulator "github.com/kwipper/kwipper/emulators/pubsub"
	"github.com/kwipper/kwipper/emulators/storage"
	"github.com/kwipper/kwipper/emulators/tasks"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/auth"
	"github.com/kwipper/kwipper/shared/platform/event"
	"github.com/kwipper/kwipper/shared/platform/identityclient"
	"github.com/kwipper/kwipper/shared/platform/pubsubclient"
	"github.com/kwipper/kwipper/shared/platform/storageclient"
	"github.com/kwipper/kwipper/shared/platform/tasksclient"
)

// The clients and triggers against the emulators, each over its real protocol.

const (
	project = "kwipper-local"
	invoker = "invoker@kwipper-local.iam.gserviceaccount.com"
	wait    = 20 * time.Second
)

func startIdentity(t *testing.T) *identity.Server {
	t.Helper()
	server, err := identity.Start(t.Context(), identity.Options{Addr: "127.0.0.1:0", Project: project})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	t.Setenv("KWIPPER_PROJECT", project)
	t.Setenv("KWIPPER_REGION", "asia-northeast1")
	t.Setenv("IDENTITY_ISSUER", server.UserIssuer())
	t.Setenv("IDENTITY_AUDIENCE", server.Project())
	t.Setenv("IDENTITY_ADMIN_ENDPOINT", server.URL()+"/identitytoolkit.googleapis.com")
	t.Setenv("SERVICE_ISSUER", server.ServiceIssuer())
	t.Setenv("SERVICE_ACCOUNT_INVOKER", invoker)
	return server
}

// serveFunctions serves event functions by name, as FUNCTION_URL_TEMPLATE then says.
func serveFunctions(t *testing.T, functions map[string]http.HandlerFunc) string {
	t.Helper()
	mux := http.NewServeMux()
	for name, function := range functions {
		mux.HandleFunc("/"+name, function)
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	t.Setenv("FUNCTION_URL_TEMPLATE", server.URL+"/{name}")
	return server.URL
}

func nothing(context.Context) (struct{}, error) { return struct{}{}, nil }

func TestClaimsThatAreWrittenAreInTheToken(t *testing.T) {
	server := startIdentity(t)
	user, err := server.CreateUser(identity.User{Email: "hanako@example.com"})
	require.NoError(t, err)
	client, err := identityclient.Open(t.Context())
	require.NoError(t, err)
	claims := map[string]any{"userId": "jp-1", "country": "jp", "roles": []string{auth.RoleLearner, auth.RoleTutor}, "language": "ja"}
	require.NoError(t, client.SetAccount(t.Context(), user.LocalID, "花子", claims))
	token, err := server.MintUserToken(user.LocalID, nil, identity.MintOptions{})
	require.NoError(t, err)
	verifier, err := auth.Users(t.Context())
	require.NoError(t, err)
	caller, err := verifier.User(t.Context(), token)
	require.NoError(t, err)
	assert.Equal(t, auth.Caller{
		Subject: user.LocalID, UserID: "jp-1", Country: "jp", Roles: []string{"learner", "tutor"}, DisplayName: "花子", Language: "ja",
	}, caller)
	err = client.SetAccount(t.Context(), "nobody", "", claims)
	assert.Equal(t, fault.NotFound, fault.KindOf(err))
}

func TestCommandsAndRepliesTravel(t *testing.T) {
	tokens := startIdentity(t)
	broker, err := pubsubemulator.Start(t.Context(), pubsubemulator.Options{Tokens: tokens.ServiceToken})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, broker.Close()) })
	t.Setenv("PUBSUB_EMULATOR_HOST", broker.Addr())

	replies := make(chan message.Reply, 1)
	address := serveFunctions(t, map[string]http.HandlerFunc{
		"Pay": event.Command("Pay", nothing, func(_ context.Context, _ struct{}, c message.Command) (message.Reply, error) {
			return message.Reply{}, fault.New(fault.FailedPrecondition, "CARD_DECLINED", "declined by %s", c.Service)
		}),
		"Orchestrate": event.Reply("Orchestrate", nothing, func(_ context.Context, _ struct{}, r message.Reply) error {
			replies <- r
			return nil
		}),
	})
	subscribe(t, "billing-commands", "Pay", address)
	subscribe(t, message.RepliesTopic, "Orchestrate", address)
	publisher, err := pubsubclient.Open(t.Context())
	require.NoError(t, err)
	require.NoError(t, publisher.PublishCommands(t.Context(), []message.Command{{
		Version: 1, Saga: "jp-1", Step: "DoPayment", Service: message.Billing, Name: message.DoPaymentCommand, Country: "jp", Body: []byte("{}"),
	}}))
	select {
	case reply := <-replies:
		assert.Equal(t, message.Refused, reply.Outcome)
		assert.Equal(t, "CARD_DECLINED", reply.Failure.Reason)
		assert.NotEmpty(t, reply.MessageID)
	case <-time.After(wait):
		t.Fatalf("no reply: %+v", broker.Deliveries())
	}
	require.Eventually(t, func() bool { return broker.InFlight() == 0 }, wait, time.Millisecond, "all is acknowledged")
}

// subscribe makes a topic with the push subscription of one function.
func subscribe(t *testing.T, topic, function, address string) {
	t.Helper()
	topics, err := pubsub.NewTopicAdminClient(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, topics.Close()) })
	name := "projects/" + project + "/topics/" + topic
	_, err = topics.CreateTopic(t.Context(), &pubsubpb.Topic{Name: name})
	require.NoError(t, err)
	subscriptions, err := pubsub.NewSubscriptionAdminClient(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, subscriptions.Close()) })
	_, err = subscriptions.CreateSubscription(t.Context(), &pubsubpb.Subscription{
		Name: "projects/" + project + "/subscriptions/" + topic + "." + function, Topic: name, AckDeadlineSeconds: 10,
		PushConfig: &pubsubpb.PushConfig{
			PushEndpoint: address + "/" + function,
			AuthenticationMethod: &pubsubpb.PushConfig_OidcToken_{OidcToken: &pubsubpb.PushConfig_OidcToken{
				ServiceAccountEmail: invoker, Audience: address + "/" + function,
			}},
		},
	})
	require.NoError(t, err)
}

func TestTasksCallTheirFunction(t *testing.T) {
	tokens := startIdentity(t)
	server, err := tasks.Start(t.Context(), tasks.Options{Tokens: tokens.ServiceToken})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	t.Setenv("CLOUD_TASKS_EMULATOR_HOST", server.Addr())
	type renewal struct{ Period int }
	got := make(chan renewal, 3)
	serveFunctions(t, map[string]http.HandlerFunc{
		"RenewBilling": event.Task("RenewBilling", nothing, func(_ context.Context, _ struct{}, r renewal) error {
			got <- r
			return nil
		}),
	})
	admin, err := cloudtasks.NewClient(t.Context(), option.WithEndpoint(server.Addr()), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, admin.Close()) })
	const location = "projects/" + project + "/locations/asia-northeast1"
	_, err = admin.CreateQueue(t.Context(), &cloudtaskspb.CreateQueueRequest{
		Parent: location, Queue: &cloudtaskspb.Queue{Name: location + "/queues/renewals-0"},
	})
	require.NoError(t, err)
	client, err := tasksclient.Open(t.Context())
	require.NoError(t, err)
	task := tasksclient.Task{Queue: "renewals-0", Name: "jp-1/5", Function: "RenewBilling", Body: renewal{5}}
	require.NoError(t, client.Enqueue(t.Context(), task))
	require.NoError(t, client.Enqueue(t.Context(), task), "the same period again")
	select {
	case r := <-got:
		assert.Equal(t, renewal{5}, r)
	case <-time.After(wait):
		t.Fatalf("no call: %+v", server.Attempts())
	}
	require.Eventually(t, func() bool { return server.InFlight() == 0 }, wait, time.Millisecond)
	assert.Empty(t, got, "called once")
}

func TestMediaIsUploadedAndReadBySignedAddresses(t *testing.T) {
	const bucket, signer = "kwipper-media-jp", "media@kwipper-local.iam.gserviceaccount.com"
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	server, err := storage.Start(t.Context(), storage.Options{
		Addr: "127.0.0.1:0", Buckets: []string{bucket}, SigningKeys: map[string]*rsa.PublicKey{signer: &key.PublicKey},
	})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	t.Setenv("STORAGE_EMULATOR_HOST", server.Addr())
	t.Setenv("MEDIA_SIGNER_EMAIL", signer)
	t.Setenv("MEDIA_SIGNER_KEY", string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})))
	client, err := storageclient.Open(t.Context())
	require.NoError(t, err)

	movie := bytes.Repeat([]byte("ftyp"), 1000)
	session, err := client.OpenUpload(t.Context(), storageclient.Upload{
		Bucket: bucket, Object: "c/i/r1/v.mp4", ContentType: "video/mp4", SizeBytes: int64(len(movie)), Origin: "https://app.example",
		Metadata: map[string]string{"content": "jp-1"},
	})
	require.NoError(t, err)
	status, _ := do(t, http.MethodPut, session, movie, nil)
	require.Equal(t, http.StatusOK, status)
	attributes, err := client.Attrs(t.Context(), bucket, "c/i/r1/v.mp4")
	require.NoError(t, err)
	assert.EqualValues(t, len(movie), attributes.SizeBytes)
	assert.Equal(t, "video/mp4", attributes.ContentType)
	assert.Equal(t, map[string]string{"content": "jp-1"}, attributes.Metadata)
	head, err := client.Head(t.Context(), bucket, "c/i/r1/v.mp4", 8)
	require.NoError(t, err)
	assert.Equal(t, "ftypftyp", string(head))

	require.NoError(t, client.Copy(t.Context(), bucket, "c/i/r1/v.mp4", bucket, "c/i/r2/v.mp4"))
	signed, err := client.SignGet(storageclient.SignRequest{
		Bucket: bucket, Object: "c/i/r2/v.mp4", Expires: time.Now().Add(time.Hour), Filename: "レッスン 1.mp4", ContentType: "video/mp4",
	})
	require.NoError(t, err)
	status, body := do(t, http.MethodGet, signed, nil, http.Header{"Range": {"bytes=4-7"}})
	assert.Equal(t, http.StatusPartialContent, status)
	assert.Equal(t, "ftyp", string(body))
	status, _ = do(t, http.MethodGet, signed[:len(signed)-4]+"0000", nil, nil)
	assert.Equal(t, http.StatusForbidden, status, "altered")

	require.NoError(t, client.Delete(t.Context(), bucket, "c/i/r1/v.mp4"))
	require.NoError(t, client.Delete(t.Context(), bucket, "c/i/r1/v.mp4"))
	_, err = client.Attrs(t.Context(), bucket, "c/i/r1/v.mp4")
	assert.Equal(t, fault.NotFound, fault.KindOf(err))
}

func do(t *testing.T, method, address string, body []byte, header http.Header) (int, []byte) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, address, bytes.NewReader(body))
	require.NoError(t, err)
	for name, values := range header {
		request.Header[name] = values
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	answered, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode, answered
}
