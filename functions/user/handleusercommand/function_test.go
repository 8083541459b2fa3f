package handleusercommand_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/functions/user/handleusercommand"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/auth/authtest"
	"github.com/kwipper/kwipper/shared/platform/pubsubclient/pubsubtest"
	"github.com/kwipper/kwipper/shared/user"
	"github.com/kwipper/kwipper/shared/user/userdb"
)

// TestHandleUserCommand is one test, since the function keeps its publisher.
func TestHandleUserCommand(t *testing.T) {
	store := userdb.New(functiontesting.Database(t, "user", userdb.Schema()))
	pubsub := pubsubtest.New(t)
	issuer := authtest.New(t)
	issuer.UseForServices(t)
	hanako, err := user.New("uid-1", user.Profile{DisplayName: "花子", RegionCode: "JP", TimeZone: "Asia/Tokyo", LanguageCode: "ja"})
	require.NoError(t, err)
	_, err = store.Insert(t.Context(), idempotency.NewKey("uid-1", "RegisterUser", "jp", "k", "", nil), hanako)
	require.NoError(t, err)

	replies := 0
	push := func(name, body string) message.Reply {
		t.Helper()
		answer := functiontesting.Push(t, handleusercommand.Handle, "HandleUserCommand", issuer, message.Command{
			Version: 1, Saga: "jp-g1", Step: name, Service: message.User, Name: name, Country: "jp", Body: []byte(body),
		})
		require.Equal(t, http.StatusNoContent, answer.Status, "%s", answer.Body)
		published := pubsub.Published(message.RepliesTopic)
		replies++
		require.Len(t, published, replies)
		var reply message.Reply
		require.NoError(t, json.Unmarshal([]byte(published[replies-1].Data), &reply))
		return reply
	}
	enrollment := fmt.Sprintf(`{"subscriptionId":"jp-s1","userId":%q,"courseId":"jp-c1","country":"jp"}`, hanako.ID)

	for range 3 {
		assert.Equal(t, message.Done, push("UpdateUserInfo", enrollment).Outcome)
	}
	got, err := store.Get(t.Context(), hanako.ID)
	require.NoError(t, err)
	assert.Equal(t, 1, got.SubscriptionCount)
	info := push("GetUserInfo", fmt.Sprintf(`{"userId":%q}`, hanako.ID))
	assert.NotContains(t, string(info.Body), "花子", "replies carry no names")
	assert.Equal(t, "USER_NOT_REGISTERED", push("GetUserInfo", `{"userId":"jp-nobody"}`).Failure.Reason)
	assert.Equal(t, message.Refused, push("DropTables", `{}`).Outcome)
	assert.Equal(t, message.Refused, push("UpdateUserInfo2", `{}`).Outcome)
}
