package pubsubclient_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/pubsubclient"
	"github.com/kwipper/kwipper/shared/platform/pubsubclient/pubsubtest"
	"github.com/kwipper/kwipper/shared/platform/telemetry"
)

func command(service, name string) message.Command {
	return message.Command{Version: 1, Saga: "jp-1", Step: name, Service: service, Name: name, Country: "jp", Body: []byte(`{}`)}
}

func TestCommandsGoToTheirServices(t *testing.T) {
	server := pubsubtest.New(t)
	publisher, err := pubsubclient.Open(t.Context())
	require.NoError(t, err)
	ctx, _ := telemetry.Serve(t.Context(), "Test", telemetry.Origin{}, trace.SpanKindServer)
	require.NoError(t, publisher.PublishCommands(ctx, []message.Command{
		command("user", "GetUserInfo"), command("course", "GetCourseInfo"), command("user", "UpdateUserInfo"),
	}))
	assert.Equal(t, 2, server.Requests(), "one request a topic")
	users := server.Published("user-commands")
	require.Len(t, users, 2)
	assert.Len(t, server.Published("course-commands"), 1)
	assert.Equal(t, "GetUserInfo", users[0].Attributes["command"])
	assert.NotEmpty(t, users[0].Attributes["traceparent"])
	decoded, err := message.DecodeCommand([]byte(users[0].Data))
	require.NoError(t, err)
	assert.Equal(t, command("user", "GetUserInfo"), decoded)

	require.NoError(t, publisher.PublishReply(ctx, message.Reply{Version: 1, Saga: "jp-1", Step: "s", Outcome: message.Done}))
	assert.Len(t, server.Published(message.RepliesTopic), 1)
	require.NoError(t, publisher.PublishCommands(ctx, nil))
}

func TestManyMessagesGoInSeveralRequests(t *testing.T) {
	server := pubsubtest.New(t)
	publisher, err := pubsubclient.Open(t.Context())
	require.NoError(t, err)
	require.NoError(t, publisher.PublishAll(t.Context(), "t", make([]pubsubclient.Message, 2500)))
	assert.Equal(t, 3, server.Requests())
	assert.Len(t, server.Published("t"), 2500)
}

func TestFailureIsUnavailable(t *testing.T) {
	server := pubsubtest.New(t)
	publisher, err := pubsubclient.Open(t.Context())
	require.NoError(t, err)
	server.Fail(status.Error(codes.NotFound, "no such topic"))
	err = publisher.PublishCommands(t.Context(), []message.Command{command("user", "A"), command("course", "B")})
	assert.Equal(t, fault.Unavailable, fault.KindOf(err), "a message that is not published must be tried again")
	assert.ErrorContains(t, err, "user-commands")
	assert.ErrorContains(t, err, "course-commands")
}

func TestOpenNamesWhatIsMissing(t *testing.T) {
	t.Setenv("KWIPPER_PROJECT", "")
	_, err := pubsubclient.Open(t.Context())
	assert.ErrorContains(t, err, "KWIPPER_PROJECT")
}
