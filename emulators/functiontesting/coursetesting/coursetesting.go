// Package coursetesting gives tests of the Course service's functions courses to work on.
package coursetesting

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/functiontesting"
	"github.com/kwipper/kwipper/shared/course"
	"github.com/kwipper/kwipper/shared/course/coursedb"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/money"
	"github.com/kwipper/kwipper/shared/platform/auth"
	"github.com/kwipper/kwipper/shared/platform/auth/authtest"
)

// World is the Course service with a tutor, another tutor and a learner.
type World struct {
	Issuer                 *authtest.Issuer
	Store                  *coursedb.Store
	TutorID, LearnerID     string
	Tutor, Other, Learner  string // tokens
	viewer                 course.Viewer
	commands               course.Commands
	courses, subscriptions int
}

// New makes a world. Its people are new, so that worlds in one process keep apart.
func New(t testing.TB) *World {
	t.Helper()
	// Functions keep what they read of these beyond one test.
	require.NoError(t, os.Setenv("PAGE_TOKEN_KEY", "a key for tests, 16 bytes at least"))
	require.NoError(t, os.Setenv("CATALOGUE_STALENESS_SECONDS", "0"))
	store := coursedb.New(functiontesting.Database(t, "course", coursedb.Schema()))
	issuer := authtest.New(t)
	issuer.UseForUsers(t)
	w := &World{
		Issuer: issuer, Store: store, TutorID: "jp-" + uuid.NewString(), LearnerID: "jp-" + uuid.NewString(),
		commands: course.Commands{Courses: store, Steps: store},
	}
	w.Tutor = issuer.User(t, w.TutorID, auth.RoleLearner, auth.RoleTutor)
	w.Other = issuer.User(t, "jp-"+uuid.NewString(), auth.RoleLearner, auth.RoleTutor)
	w.Learner = issuer.User(t, w.LearnerID, auth.RoleLearner)
	w.viewer = course.Viewer{UserID: w.TutorID, Country: "jp", DisplayName: "Hanako", Tutor: true}
	return w
}

// Draft makes a course of the tutor's, sold in Japan, with items of these titles.
func (w *World) Draft(t testing.TB, items ...string) (courseID string, itemIDs []string) {
	t.Helper()
	authoring := course.Authoring{Courses: w.Store, Items: w.Store}
	w.courses++
	key := func(i int) idempotency.Key {
		return idempotency.NewKey(w.TutorID, "test", "jp", fmt.Sprint(w.courses, "/", i), "", nil)
	}
	c, err := authoring.Create(t.Context(), key(0), w.viewer, course.Content{
		Titles: course.Texts{"ja": "日本語会話", "en": "Conversational Japanese"}, LanguageCode: "ja", Level: "BEGINNER",
		Prices: course.Prices{"JP": money.Of(1480, money.JPY)},
	})
	require.NoError(t, err)
	for i, title := range items {
		text := "text of " + title
		item, err := authoring.AddItem(t.Context(), key(i+1), w.viewer, c.ID, course.ItemChange{Title: &title, Text: &text})
		require.NoError(t, err)
		itemIDs = append(itemIDs, item.ID)
	}
	return c.ID, itemIDs
}

// holder holds a course as PublishCourse does; the saga is the test's.
const holder = "jp-00000000-0000-4000-8000-00000000000a"

// Published makes a published course of the tutor's.
func (w *World) Published(t testing.TB, items ...string) (courseID string, itemIDs []string) {
	t.Helper()
	courseID, itemIDs = w.Draft(t, items...)
	_, err := w.Store.Change(t.Context(), courseID, func(c *course.Course) error { c.Operation = holder; return nil })
	require.NoError(t, err)
	w.command(t, message.CompletePublishCommand, courseID, fmt.Sprintf(`{"courseId":%q,"tutorId":%q}`, courseID, w.TutorID))
	return courseID, itemIDs
}

// Enroll gives the learner access to a course until a time.
func (w *World) Enroll(t testing.TB, courseID string, until time.Time) {
	t.Helper()
	w.subscriptions++
	w.command(t, message.UpdateCourseInfoCommand, courseID, fmt.Sprintf(
		`{"subscriptionId":"jp-s%d","userId":%q,"courseId":%q,"country":"jp","displayName":"花子","accessUntil":%q}`,
		w.subscriptions, w.LearnerID, courseID, until.Format(time.RFC3339)))
}

func (w *World) command(t testing.TB, name, courseID, body string) {
	t.Helper()
	reply, err := w.commands.Handle(t.Context(), message.Command{
		Version: 1, Saga: holder, Step: fmt.Sprint(name, courseID, w.subscriptions), Service: message.Course, Name: name,
		Country: "jp", StartTime: time.Now(), Body: []byte(body),
	})
	require.NoError(t, err)
	require.Equal(t, message.Done, reply.Outcome)
}
