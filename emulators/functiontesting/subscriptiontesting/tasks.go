package subscriptiontesting

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"cloud.google.com/go/cloudtasks/apiv2"
	"cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/kwipper/kwipper/emulators/tasks"
	"github.com/kwipper/kwipper/shared/platform/auth/authtest"
)

// Tasks starts Cloud Tasks whose tasks call functions by name, with tokens of the world's
// issuer. It returns the address below which the functions are.
func (w *World) Tasks(t testing.TB, functions map[string]http.HandlerFunc) (server *tasks.Server, address string) {
	t.Helper()
	mux := http.NewServeMux()
	for name, function := range functions {
		mux.HandleFunc("/"+name, function)
	}
	web := httptest.NewServer(mux)
	t.Cleanup(web.Close)
	server, err := tasks.Start(context.Background(), tasks.Options{Tokens: func(_ context.Context, _, audience string) (string, error) {
		return w.Services.Service(t, audience), nil
	}})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Close()) })
	for name, value := range map[string]string{
		"CLOUD_TASKS_EMULATOR_HOST": server.Addr(), "KWIPPER_PROJECT": authtest.Audience, "KWIPPER_REGION": "asia-northeast1",
		"FUNCTION_URL_TEMPLATE": web.URL + "/{name}",
	} {
		t.Setenv(name, value)
	}
	admin, err := cloudtasks.NewClient(t.Context(), option.WithEndpoint(server.Addr()), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, admin.Close()) })
	location := "projects/" + authtest.Audience + "/locations/asia-northeast1"
	for _, name := range []string{"renewals-0", "renewals-1"} {
		_, err := admin.CreateQueue(t.Context(), &cloudtaskspb.CreateQueueRequest{
			Parent: location, Queue: &cloudtaskspb.Queue{Name: location + "/queues/" + name},
		})
		require.NoError(t, err)
	}
	return server, web.URL
}

// Settle waits until no task is under way or due.
func Settle(t testing.TB, server *tasks.Server) {
	t.Helper()
	require.Eventually(t, func() bool {
		next, some := server.NextDue()
		return server.InFlight() == 0 && (!some || next.After(time.Now()))
	}, time.Minute, 5*time.Millisecond)
}
