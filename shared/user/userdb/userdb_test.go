package userdb_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/user"
	"github.com/kwipper/kwipper/shared/user/userdb"
)

func newUser(t *testing.T, subject, region string) user.User {
	t.Helper()
	u, err := user.New(subject, user.Profile{DisplayName: "花子", RegionCode: region, TimeZone: "Asia/Tokyo", LanguageCode: "ja"})
	require.NoError(t, err)
	return u
}

func key(u user.User, k string) idempotency.Key {
	return idempotency.NewKey(u.Subject, "RegisterUser", u.Country, k, "", nil)
}

func TestOneIdentityIsOneUser(t *testing.T) {
	store := userdb.New(spannertesting.NewDatabase(t, userdb.Schema()...))
	u := newUser(t, "uid-1", "JP")
	id, err := store.Insert(t.Context(), key(u, "a"), u)
	require.NoError(t, err)
	assert.Equal(t, u.ID, id)

	again, err := store.Insert(t.Context(), key(u, "a"), u)
	require.NoError(t, err)
	assert.Equal(t, id, again)

	elsewhere := newUser(t, "uid-1", "MX")
	_, err = store.Insert(t.Context(), key(elsewhere, "b"), elsewhere)
	f, _ := fault.Of(err)
	require.NotNil(t, f)
	assert.Equal(t, user.ReasonAlreadyRegistered, f.Reason)
	assert.Equal(t, id, f.Metadata[user.MetadataUser])

	got, err := store.Get(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, u.Profile, got.Profile)
	assert.WithinDuration(t, time.Now(), got.CreateTime, time.Minute)
	_, err = store.Get(t.Context(), elsewhere.ID)
	assert.True(t, fault.Is(err, fault.NotFound))
}

func TestRegistrationsAtOnceMakeOneUser(t *testing.T) {
	store := userdb.New(spannertesting.NewDatabase(t, userdb.Schema()...))
	var wait sync.WaitGroup
	outcomes := make([]error, 20)
	for i := range outcomes {
		wait.Go(func() {
			u := newUser(t, "uid-1", []string{"JP", "ID", "PH", "MX"}[i%4])
			_, outcomes[i] = store.Insert(context.Background(), key(u, fmt.Sprint(i)), u)
		})
	}
	wait.Wait()
	made := 0
	for _, err := range outcomes {
		if err == nil {
			made++
			continue
		}
		assert.Equal(t, user.ReasonAlreadyRegistered, fault.ReasonOf(err), "%v", err)
	}
	assert.Equal(t, 1, made)
}

func TestChangesAtOnceAreAllKept(t *testing.T) {
	store := userdb.New(spannertesting.NewDatabase(t, userdb.Schema()...))
	u := newUser(t, "uid-1", "JP")
	_, err := store.Insert(t.Context(), key(u, "a"), u)
	require.NoError(t, err)
	var wait sync.WaitGroup
	for _, role := range []user.Role{user.Tutor, user.Administrator} {
		wait.Go(func() {
			_, err := store.Change(context.Background(), u.ID, func(u *user.User) (bool, error) { return u.Grant(role), nil })
			assert.NoError(t, err)
		})
	}
	wait.Wait()
	got, err := store.Get(t.Context(), u.ID)
	require.NoError(t, err)
	assert.ElementsMatch(t, []user.Role{user.Learner, user.Tutor, user.Administrator}, got.Roles)
	assert.Equal(t, int64(3), got.Revision)
}

func TestEnrollmentsComeAndGoOnce(t *testing.T) {
	store := userdb.New(spannertesting.NewDatabase(t, userdb.Schema()...))
	u := newUser(t, "uid-1", "JP")
	_, err := store.Insert(t.Context(), key(u, "a"), u)
	require.NoError(t, err)
	commands := user.Commands{Store: store, Enrollments: store}
	handle := func(saga, name, step string, compensation bool, body string) message.Reply {
		t.Helper()
		reply, err := commands.Handle(t.Context(), message.Command{
			Version: 1, Saga: saga, Step: step, Service: message.User, Name: name, Compensation: compensation, Country: "jp", Body: []byte(body),
		})
		require.NoError(t, err)
		return reply
	}
	count := func() int {
		t.Helper()
		got, err := store.Get(t.Context(), u.ID)
		require.NoError(t, err)
		return got.SubscriptionCount
	}
	body := fmt.Sprintf(`{"subscriptionId":"jp-s1","userId":%q,"courseId":"jp-c1","country":"jp"}`, u.ID)

	for range 3 {
		assert.Equal(t, message.Done, handle("g1", "UpdateUserInfo", "UpdateUserInfo", false, body).Outcome)
	}
	assert.Equal(t, 1, count())
	for range 2 {
		assert.Equal(t, message.Done, handle("g1", "RevertUserInfo", "UpdateUserInfo", true, body).Outcome)
	}
	assert.Equal(t, 0, count())
	assert.Equal(t, message.Done, handle("g1", "UpdateUserInfo", "UpdateUserInfo", false, body).Outcome, "a duplicate of the action gets its reply")
	assert.Equal(t, 0, count(), "and has no effect")

	// A compensation that comes first settles the step: the late action is refused.
	assert.Equal(t, message.Done, handle("g2", "RevertUserInfo", "UpdateUserInfo", true, body).Outcome)
	assert.Equal(t, message.Refused, handle("g2", "UpdateUserInfo", "UpdateUserInfo", false, body).Outcome)
	assert.Equal(t, 0, count())

	// So does a refund, a saga of its own, of what a late command would add.
	late := fmt.Sprintf(`{"subscriptionId":"jp-s9","userId":%q,"courseId":"jp-c1","country":"jp"}`, u.ID)
	assert.Equal(t, message.Done, handle("g5", "RevertUserInfo", "RevertUserInfo", false, late).Outcome)
	assert.Equal(t, message.Done, handle("g6", "UpdateUserInfo", "UpdateUserInfo", false, late).Outcome)
	assert.Equal(t, 0, count())

	// Somebody who is not there cannot be enrolled.
	refused := handle("g3", "UpdateUserInfo", "UpdateUserInfo", false, `{"subscriptionId":"jp-s1","userId":"jp-nobody","courseId":"jp-c1"}`)
	assert.Equal(t, user.ReasonNotRegistered, refused.Failure.Reason)

	info := handle("g4", "GetUserInfo", "GetUserInfo", false, fmt.Sprintf(`{"userId":%q}`, u.ID))
	assert.JSONEq(t, fmt.Sprintf(`{"userId":%q,"country":"jp","language":"ja","timeZone":"Asia/Tokyo"}`, u.ID), string(info.Body))
}
