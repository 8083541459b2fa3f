package coursedb_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/course"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/money"
	"github.com/kwipper/kwipper/shared/platform/pagetoken"
)

func (w *world) enroll(t *testing.T, sagaID string, e message.Enrollment, revert, compensation bool) message.Reply {
	t.Helper()
	body, err := json.Marshal(e)
	require.NoError(t, err)
	cmd := message.Command{
		Version: 1, Saga: sagaID, Step: message.UpdateCourseInfoCommand, Service: message.Course, Name: message.UpdateCourseInfoCommand,
		Compensation: compensation, Country: "jp", StartTime: now, Body: body,
	}
	if revert {
		cmd.Name = message.RevertCourseInfoCommand
	}
	reply, err := w.commands.Handle(t.Context(), cmd)
	require.NoError(t, err)
	return reply
}

func TestEnrollmentOpensTheTextUntilItEnds(t *testing.T) {
	w := newWorld(t)
	c := w.create(t, "1", "会話", yen(1480))
	a := w.addItem(t, c.ID, "a", "a", nil)
	w.publish(t, c.ID)
	learner := course.Viewer{UserID: "jp-2"}
	reads := func() string {
		t.Helper()
		_, err := w.reading.Get(t.Context(), learner, c.ID, a.ID, true)
		return fault.ReasonOf(err)
	}
	e := message.Enrollment{SubscriptionID: "jp-s1", UserID: "jp-2", CourseID: c.ID, Country: "jp", DisplayName: "花子", AccessUntil: now.Add(time.Hour)}
	for range 3 {
		require.Equal(t, message.Done, w.enroll(t, "g1", e, false, false).Outcome)
	}
	assert.Empty(t, reads())
	seen, err := w.catalogue.Get(t.Context(), tutor, c.ID)
	require.NoError(t, err)
	assert.Equal(t, int64(1), seen.SubscriberCount)

	// A renewal extends it and brings no name; one that is late takes nothing away.
	e.DisplayName, e.AccessUntil = "", now.Add(2*time.Hour)
	w.enroll(t, "g2", e, false, false)
	e.AccessUntil = now.Add(-time.Hour)
	w.enroll(t, "g3", e, false, false)
	subscribers := course.Subscribers{Courses: w.store, Enrollments: w.store, Tokens: w.catalogue.Tokens}
	listed, _, err := subscribers.List(t.Context(), tutor, c.ID, 0, "")
	require.NoError(t, err)
	require.Len(t, listed, 1)
	assert.Equal(t, "花子", listed[0].DisplayName)
	assert.Equal(t, now.Add(2*time.Hour), listed[0].AccessUntil.UTC())
	_, _, err = subscribers.List(t.Context(), learner, c.ID, 0, "")
	assert.Equal(t, course.ReasonPermissionDenied, fault.ReasonOf(err))

	// A refund is a saga of its own: its revert is an action.
	w.enroll(t, "g4", e, true, false)
	assert.Equal(t, course.ReasonSubscriptionRequired, reads())
	seen, err = w.catalogue.Get(t.Context(), tutor, c.ID)
	require.NoError(t, err)
	assert.Zero(t, seen.SubscriberCount)

	// A renewal that comes late does not open the course again, and another revert counts nothing.
	e.AccessUntil = now.Add(2 * time.Hour)
	assert.Equal(t, message.Done, w.enroll(t, "g6", e, false, false).Outcome)
	w.enroll(t, "g7", e, true, false)
	assert.Equal(t, course.ReasonSubscriptionRequired, reads())
	seen, err = w.catalogue.Get(t.Context(), tutor, c.ID)
	require.NoError(t, err)
	assert.Zero(t, seen.SubscriberCount)
	listed, _, err = subscribers.List(t.Context(), tutor, c.ID, 0, "")
	require.NoError(t, err)
	assert.Empty(t, listed)

	// Access is over when its time is, whoever forgets to end it.
	e.SubscriptionID, e.AccessUntil = "jp-s2", now
	w.enroll(t, "g5", e, false, false)
	assert.Equal(t, course.ReasonSubscriptionRequired, reads())
}

func TestSubscribersAtOnceAreAllCountedAndPage(t *testing.T) {
	w := newWorld(t)
	c := w.create(t, "1", "会話", yen(1480))
	const learners = 60
	var wait sync.WaitGroup
	for i := range learners {
		wait.Go(func() {
			e := message.Enrollment{SubscriptionID: fmt.Sprintf("jp-s%03d", i), UserID: fmt.Sprintf("jp-u%03d", i), CourseID: c.ID, Country: "jp", AccessUntil: now}
			body, _ := json.Marshal(e)
			reply, err := w.commands.Handle(t.Context(), message.Command{
				Version: 1, Saga: fmt.Sprint("g", i), Step: "UpdateCourseInfo", Service: "course", Name: "UpdateCourseInfo", Country: "jp", StartTime: now, Body: body,
			})
			assert.NoError(t, err)
			assert.Equal(t, message.Done, reply.Outcome)
		})
	}
	wait.Wait()
	total, err := w.store.CountSubscribers(t.Context(), c.ID)
	require.NoError(t, err)
	assert.Equal(t, int64(learners), total)

	subscribers := course.Subscribers{Courses: w.store, Enrollments: w.store, Tokens: w.catalogue.Tokens}
	seen := map[string]int{}
	for token := ""; ; {
		listed, next, err := subscribers.List(t.Context(), tutor, c.ID, 7, token)
		require.NoError(t, err)
		for _, e := range listed {
			seen[e.SubscriptionID]++
		}
		if token = next; token == "" {
			break
		}
	}
	assert.Len(t, seen, learners)
	_, _, err = subscribers.List(t.Context(), tutor, c.ID, 7, "forged")
	assert.Equal(t, pagetoken.ReasonInvalid, fault.ReasonOf(err))
}

func TestCourseInfoIsSoldAtThePriceShown(t *testing.T) {
	w := newWorld(t)
	c := w.create(t, "1", "会話", yen(1480))
	w.addItem(t, c.ID, "a", "a", nil)
	ask := func(country string, price money.Amount) (message.CourseInfo, string) {
		t.Helper()
		body, err := json.Marshal(message.GetCourseInfo{CourseID: c.ID, Country: country, Language: "en", PriceShown: price})
		require.NoError(t, err)
		reply, err := w.commands.Handle(t.Context(), message.Command{Saga: "g", Step: "GetCourseInfo", Service: "course", Name: "GetCourseInfo", Body: body})
		var info message.CourseInfo
		if err == nil {
			require.NoError(t, json.Unmarshal(reply.Body, &info))
		}
		return info, fault.ReasonOf(err)
	}
	_, reason := ask("jp", money.Of(1480, money.JPY))
	assert.Equal(t, course.ReasonNotAvailable, reason, "a draft is not sold")
	w.publish(t, c.ID)
	info, reason := ask("jp", money.Of(1480, money.JPY))
	assert.Empty(t, reason)
	assert.Equal(t, message.CourseInfo{CourseID: c.ID, TutorID: tutorID, Title: "会話", Price: money.Of(1480, money.JPY)}, info)
	_, reason = ask("jp", money.Of(980, money.JPY))
	assert.Equal(t, course.ReasonPriceChanged, reason)
	_, reason = ask("mx", money.Of(1480, money.MXN))
	assert.Equal(t, course.ReasonNotAvailable, reason, "not sold there")
}
