package coursedb_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/course"
	"github.com/kwipper/kwipper/shared/course/coursedb"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/money"
	"github.com/kwipper/kwipper/shared/platform/pagetoken"
	"github.com/kwipper/kwipper/shared/saga"
)

const tutorID = "jp-11111111-1111-4111-8111-111111111111"

var tutor = course.Viewer{UserID: tutorID, Country: "jp", DisplayName: "先生", Tutor: true}

// world is the Course service over a database of its own.
type world struct {
	store      *coursedb.Store
	authoring  course.Authoring
	catalogue  course.Catalogue
	reading    course.Reading
	commands   course.Commands
	publishing course.Publishing
	sagas      *sagas
}

func newWorld(t *testing.T) *world {
	t.Helper()
	store := coursedb.New(spannertesting.NewDatabase(t, coursedb.Schema()...))
	tokens, err := pagetoken.New([]byte("a key for tests, 16 bytes at least"))
	require.NoError(t, err)
	started := &sagas{there: map[string]saga.Saga{}}
	return &world{
		store:      store,
		authoring:  course.Authoring{Courses: store, Items: store},
		catalogue:  course.Catalogue{Courses: store, Tokens: tokens},
		reading:    course.Reading{Courses: store, Items: store, Enrollments: store, Tokens: tokens, Clock: clock.Fixed(now)},
		commands:   course.Commands{Courses: store, Steps: store},
		publishing: course.Publishing{Courses: store, Sagas: started},
		sagas:      started,
	}
}

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// sagas stands for the saga database: it keeps what was started.
type sagas struct{ there map[string]saga.Saga }

func (s *sagas) Start(_ context.Context, _ idempotency.Key, n saga.New) (saga.Saga, bool, error) {
	if there, ok := s.there[n.ID]; ok {
		return there, true, nil
	}
	s.there[n.ID] = saga.Saga{ID: n.ID, Definition: n.Definition, Owner: n.Owner, Country: n.Country, Phase: saga.Forward}
	return s.there[n.ID], false, nil
}

func key(route, k string) idempotency.Key {
	return idempotency.NewKey("uid-tutor", route, "jp", k, "", nil)
}

func (w *world) create(t *testing.T, k, title string, prices course.Prices) course.Course {
	t.Helper()
	c, err := w.authoring.Create(t.Context(), key("CreateCourse", k), tutor, course.Content{
		Titles: course.Texts{"ja": title}, LanguageCode: "ja", Level: "BEGINNER", Prices: prices,
	})
	require.NoError(t, err)
	return c
}

func (w *world) addItem(t *testing.T, courseID, k, title string, position *int) course.Item {
	t.Helper()
	text := "text of " + title
	item, err := w.authoring.AddItem(t.Context(), key("CreateItem", courseID+k), tutor, courseID, course.ItemChange{Title: &title, Text: &text, Position: position})
	require.NoError(t, err)
	return item
}

// publish runs the publish saga's commands of the Course service.
func (w *world) publish(t *testing.T, courseID string) {
	t.Helper()
	started, err := w.publishing.Publish(t.Context(), tutor, courseID)
	require.NoError(t, err)
	for _, name := range []string{message.BeginPublishCommand, message.CompletePublishCommand} {
		require.Equal(t, message.Done, w.publishCommand(t, started.ID, name, courseID, false).Outcome)
	}
}

func (w *world) publishCommand(t *testing.T, sagaID, name, courseID string, compensation bool) message.Reply {
	t.Helper()
	step := name
	if compensation {
		step = message.BeginPublishCommand
	}
	reply, err := w.commands.Handle(t.Context(), message.Command{
		Version: 1, Saga: sagaID, Step: step, Service: message.Course, Name: name, Compensation: compensation,
		Country: "jp", StartTime: now, Body: fmt.Appendf(nil, `{"courseId":%q,"tutorId":%q}`, courseID, tutorID),
	})
	require.NoError(t, err)
	return reply
}

func yen(minor int64) course.Prices { return course.Prices{"JP": money.Of(minor, money.JPY)} }

func titles(items []course.Item) (found []string) {
	for _, item := range items {
		found = append(found, item.Title+"@"+strconv.Itoa(item.Position))
	}
	return found
}

func TestItemsKeepTheirOrder(t *testing.T) {
	w := newWorld(t)
	c := w.create(t, "1", "会話", yen(1480))
	a := w.addItem(t, c.ID, "a", "a", nil)
	w.addItem(t, c.ID, "b", "b", nil)
	first := 1
	w.addItem(t, c.ID, "c", "c", &first)
	outline := func() []string {
		listed, err := w.reading.List(t.Context(), tutor, c.ID, 0, "")
		require.NoError(t, err)
		return titles(listed.Items)
	}
	assert.Equal(t, []string{"c@1", "a@2", "b@3"}, outline())

	again := w.addItem(t, c.ID, "a", "a", nil)
	assert.Equal(t, a.ID, again.ID, "a repetition adds nothing")
	last := 200
	_, err := w.authoring.UpdateItem(t.Context(), tutor, c.ID, a.ID, "", course.ItemChange{Position: &last})
	require.NoError(t, err)
	assert.Equal(t, []string{"c@1", "b@2", "a@3"}, outline())

	text := "新しい"
	changed, err := w.authoring.UpdateItem(t.Context(), tutor, c.ID, a.ID, "2", course.ItemChange{Text: &text})
	require.NoError(t, err)
	assert.Equal(t, "新しい", changed.Text)
	assert.Equal(t, "a", changed.Title)
	_, err = w.authoring.UpdateItem(t.Context(), tutor, c.ID, a.ID, "2", course.ItemChange{Text: &text})
	assert.Equal(t, course.ReasonEtagMismatch, fault.ReasonOf(err))

	require.NoError(t, w.authoring.DeleteItem(t.Context(), tutor, c.ID, a.ID, ""))
	assert.Equal(t, []string{"c@1", "b@2"}, outline())
	c, err = w.store.Get(t.Context(), c.ID, 0)
	require.NoError(t, err)
	assert.Equal(t, 2, c.ItemCount)

	other := course.Viewer{UserID: "jp-2", Country: "jp", Tutor: true}
	assert.Equal(t, course.ReasonPermissionDenied, fault.ReasonOf(w.authoring.DeleteItem(t.Context(), other, c.ID, a.ID, "")))
	assert.Equal(t, course.ReasonPermissionDenied, fault.ReasonOf(w.authoring.DeleteItem(t.Context(), tutor, "jp-none", a.ID, "")))
}

func TestItemsPage(t *testing.T) {
	w := newWorld(t)
	c := w.create(t, "1", "会話", yen(1480))
	for i := range 5 {
		w.addItem(t, c.ID, strconv.Itoa(i), strconv.Itoa(i), nil)
	}
	var seen []string
	token := ""
	for pages := 0; ; pages++ {
		listed, err := w.reading.List(t.Context(), tutor, c.ID, 2, token)
		require.NoError(t, err)
		seen = append(seen, titles(listed.Items)...)
		if token = listed.NextPageToken; token == "" {
			assert.Equal(t, 2, pages)
			break
		}
		// What is added meanwhile is not in these pages.
		w.addItem(t, c.ID, "late"+strconv.Itoa(pages), "late", nil)
	}
	assert.Equal(t, []string{"0@1", "1@2", "2@3", "3@4", "4@5"}, seen)
}

func TestPublishingHoldsTheCourse(t *testing.T) {
	w := newWorld(t)
	c := w.create(t, "1", "会話", nil)
	_, err := w.publishing.Publish(t.Context(), tutor, c.ID)
	f, _ := fault.Of(err)
	require.NotNil(t, f)
	assert.Equal(t, course.ReasonIncomplete, f.Reason)
	assert.Equal(t, "prices", f.Metadata["missing"])

	_, err = w.authoring.Update(t.Context(), tutor, c.ID, c.Etag(), func(content *course.Content) { content.Prices = yen(1480) })
	require.NoError(t, err)
	w.addItem(t, c.ID, "a", "a", nil)

	first, err := w.publishing.Publish(t.Context(), tutor, c.ID)
	require.NoError(t, err)
	again, err := w.publishing.Publish(t.Context(), tutor, c.ID)
	require.NoError(t, err)
	assert.Equal(t, first.ID, again.ID, "one at a time")
	_, err = w.authoring.Update(t.Context(), tutor, c.ID, "", func(content *course.Content) { content.Level = "ADVANCED" })
	assert.Equal(t, course.ReasonPublishing, fault.ReasonOf(err))
	_, err = w.catalogue.Get(t.Context(), course.Viewer{}, c.ID)
	assert.Equal(t, course.ReasonNotAvailable, fault.ReasonOf(err))

	// Media are missing: the saga turns back, twice told.
	assert.Equal(t, message.Done, w.publishCommand(t, first.ID, message.BeginPublishCommand, c.ID, false).Outcome)
	for range 2 {
		assert.Equal(t, message.Done, w.publishCommand(t, first.ID, message.AbandonPublishCommand, c.ID, true).Outcome)
	}
	second, err := w.publishing.Publish(t.Context(), tutor, c.ID)
	require.NoError(t, err)
	assert.NotEqual(t, first.ID, second.ID)

	// This one turns back before its first step arrives, so that nothing lets go of the course.
	ended := w.sagas.there[second.ID]
	ended.Phase = saga.Failed
	w.sagas.there[second.ID] = ended
	third, err := w.publishing.Publish(t.Context(), tutor, c.ID)
	require.NoError(t, err)
	assert.NotEqual(t, second.ID, third.ID)
	assert.Equal(t, message.Refused, w.publishCommand(t, second.ID, message.BeginPublishCommand, c.ID, false).Outcome, "what is late is refused")

	outline := w.publishCommand(t, third.ID, message.BeginPublishCommand, c.ID, false)
	assert.Contains(t, string(outline.Body), `"itemIds":["jp-`)
	assert.Equal(t, message.Done, w.publishCommand(t, third.ID, message.CompletePublishCommand, c.ID, false).Outcome)
	seen, err := w.catalogue.Get(t.Context(), course.Viewer{}, c.ID)
	require.NoError(t, err)
	assert.Equal(t, course.Published, seen.State)
	assert.Equal(t, now, seen.PublishTime)
}

func TestLearnersSeeWhatIsPublished(t *testing.T) {
	w := newWorld(t)
	c := w.create(t, "1", "会話", yen(1480))
	a := w.addItem(t, c.ID, "a", "a", nil)
	w.publish(t, c.ID)
	b := w.addItem(t, c.ID, "b", "b", nil)

	listed, err := w.reading.List(t.Context(), course.Viewer{}, c.ID, 0, "")
	require.NoError(t, err)
	assert.Equal(t, []string{"a@1"}, titles(listed.Items))
	_, err = w.reading.Get(t.Context(), course.Viewer{}, c.ID, b.ID, false)
	assert.Equal(t, course.ReasonNotFound, fault.ReasonOf(err))
	item, err := w.reading.Get(t.Context(), course.Viewer{}, c.ID, a.ID, false)
	require.NoError(t, err)
	assert.Empty(t, item.Text)
	_, err = w.reading.Get(t.Context(), course.Viewer{}, c.ID, a.ID, true)
	assert.Equal(t, course.ReasonSubscriptionRequired, fault.ReasonOf(err))
	_, err = w.reading.Get(t.Context(), course.Viewer{UserID: "jp-2"}, c.ID, a.ID, true)
	assert.Equal(t, course.ReasonSubscriptionRequired, fault.ReasonOf(err))
	item, err = w.reading.Get(t.Context(), tutor, c.ID, a.ID, true)
	require.NoError(t, err)
	assert.Equal(t, "text of a", item.Text)

	require.ErrorContains(t, w.authoring.DeleteItem(t.Context(), tutor, c.ID, a.ID, ""), "keeps an item")
	w.publish(t, c.ID)
	listed, err = w.reading.List(t.Context(), course.Viewer{}, c.ID, 0, "")
	require.NoError(t, err)
	assert.Equal(t, []string{"a@1", "b@2"}, titles(listed.Items))
}
