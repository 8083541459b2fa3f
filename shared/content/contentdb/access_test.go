package contentdb_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/content/contentdb"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/saga/barrier"
)

var (
	ctx   = context.Background()
	start = time.Date(2027, 1, 31, 3, 0, 0, 0, time.UTC)
)

// service is the content service's participant over a database of its own.
type service struct {
	t     *testing.T
	store contentdb.Store
}

func newService(t *testing.T) *service {
	return &service{t: t, store: contentdb.Store{Client: spannertesting.NewDatabase(t, contentdb.Schema()...)}}
}

func (s *service) try(saga, step, name string, body any) (message.Reply, error) {
	s.t.Helper()
	encoded, err := json.Marshal(body)
	require.NoError(s.t, err)
	p := content.Participant{Store: s.store, Clock: clock.Fixed(start)}
	return p.Handle(ctx, message.Command{Version: 1, Saga: saga, Step: step, Service: message.Content, Name: name,
		Compensation: name != step, Country: "jp", StartTime: start, Body: encoded})
}

// must handles a command twice and returns its reply, which is the same both times.
func (s *service) must(saga, step, name string, body any) message.Reply {
	s.t.Helper()
	reply, err := s.try(saga, step, name, body)
	require.NoError(s.t, err)
	again, err := s.try(saga, step, name, body)
	require.NoError(s.t, err)
	require.Equal(s.t, reply, again)
	return reply
}

func enrollment(subscription string, until time.Time) message.Enrollment {
	return message.Enrollment{SubscriptionID: subscription, UserID: "jp-u", CourseID: "jp-c", Country: "jp", AccessUntil: until}
}

func (s *service) until() time.Time {
	s.t.Helper()
	until, err := s.store.AccessUntil(ctx, "jp-u", "jp-c")
	require.NoError(s.t, err)
	return until
}

const (
	grant  = message.GrantContentAccessCommand
	revoke = message.RevokeContentAccessCommand
)

func TestAccessIsGrantedExtendedAndNeverShortened(t *testing.T) {
	s := newService(t)
	assert.Zero(t, s.until())
	s.must("subscribe", grant, grant, enrollment("jp-1", start.AddDate(0, 1, 0)))
	assert.Equal(t, start.AddDate(0, 1, 0), s.until())
	s.must("renew-2", grant, grant, enrollment("jp-1", start.AddDate(0, 3, 0)))
	s.must("renew-1", grant, grant, enrollment("jp-1", start.AddDate(0, 2, 0)))
	assert.Equal(t, start.AddDate(0, 3, 0), s.until(), "an overtaken extension shortens nothing")
}

func TestALateExtensionDoesNotReopenWhatWasRevoked(t *testing.T) {
	s := newService(t)
	s.must("subscribe", grant, grant, enrollment("jp-1", start.AddDate(0, 1, 0)))
	s.must("refund", revoke, revoke, enrollment("jp-1", time.Time{}))
	assert.Zero(t, s.until())
	assert.Equal(t, message.Done, s.must("renew", grant, grant, enrollment("jp-1", start.AddDate(0, 2, 0))).Outcome)
	assert.Zero(t, s.until())

	s.must("subscribe-again", grant, grant, enrollment("jp-2", start.AddDate(0, 4, 0)))
	assert.Equal(t, start.AddDate(0, 4, 0), s.until(), "another subscription opens it")
	s.must("end", revoke, revoke, enrollment("jp-1", time.Time{}))
	assert.Equal(t, start.AddDate(0, 4, 0), s.until(), "and is its own")
}

func TestARevocationBeforeAnyGrantHolds(t *testing.T) {
	s := newService(t)
	s.must("refund", revoke, revoke, enrollment("jp-1", time.Time{}))
	s.must("subscribe", grant, grant, enrollment("jp-1", start.AddDate(0, 1, 0)))
	assert.Zero(t, s.until())

	s.must("other", grant, revoke, enrollment("jp-2", start.AddDate(0, 1, 0))) // the compensation first
	late := s.must("other", grant, grant, enrollment("jp-2", start.AddDate(0, 1, 0)))
	assert.Equal(t, barrier.ReasonCompensated, late.Failure.Reason)
	assert.Zero(t, s.until())
}

func TestGrantsAndARevocationAtOnceEndClosed(t *testing.T) {
	s := newService(t)
	var group sync.WaitGroup
	for i := range 10 {
		group.Go(func() {
			_, err := s.try(fmt.Sprint("renew-", i), grant, grant, enrollment("jp-1", start.AddDate(0, i, 0)))
			assert.NoError(t, err)
		})
	}
	group.Go(func() {
		_, err := s.try("refund", revoke, revoke, enrollment("jp-1", time.Time{}))
		assert.NoError(t, err)
	})
	group.Wait()
	assert.Zero(t, s.until())
}

func TestMalformedAndUnknownCommandsAreFinal(t *testing.T) {
	s := newService(t)
	for _, name := range []string{"Dance", grant, message.AttachMediaCommand} {
		_, err := s.try("saga", name, name, []int{1})
		assert.True(t, fault.Final(err), "%v", err)
	}
}

func TestProgressIsKeptAndListedByCourse(t *testing.T) {
	s := newService(t)
	desk := content.Desk{Store: s.store, Clock: clock.Fixed(start)}
	_, err := desk.Update(ctx, "jp-u", "jp", "jp-c", "jp-i", new(true), nil)
	assert.Equal(t, "SUBSCRIPTION_REQUIRED", fault.ReasonOf(err))
	for i := range 5 {
		e := enrollment("jp-s", start.Add(time.Second))
		e.CourseID = fmt.Sprint("jp-c", i)
		s.must(fmt.Sprint("saga", i), grant, grant, e)
		for j := range 3 {
			s.publish(e.CourseID, fmt.Sprint("jp-i", j))
			_, err := desk.Update(ctx, "jp-u", "jp", e.CourseID, fmt.Sprint("jp-i", j), new(j == 0), new(int32(10*j)))
			require.NoError(t, err)
		}
	}
	_, err = desk.Update(ctx, "jp-u", "jp", "jp-c1", "jp-made-up", new(true), nil)
	assert.Equal(t, "NOT_FOUND", fault.ReasonOf(err), "an item that is not published")
	item, err := desk.Update(ctx, "jp-u", "jp", "jp-c1", "jp-i2", new(true), nil)
	require.NoError(t, err)
	assert.Equal(t, 20, item.PositionSeconds, "what is not sent stays")
	one, err := desk.Get(ctx, "jp-u", "jp-c1")
	require.NoError(t, err)
	assert.EqualValues(t, 2, one.DoneCount)
	assert.Len(t, one.Items, 3)
	none, err := desk.Get(ctx, "jp-u", "jp-none")
	require.NoError(t, err)
	assert.Empty(t, none.Items)

	var courses []string
	for after, more := "", true; more; {
		page, next, err := desk.List(ctx, "jp-u", after, 2)
		require.NoError(t, err)
		for _, p := range page {
			courses = append(courses, p.Course)
			assert.Len(t, p.Items, 3)
			after = p.Course[len("courses/"):]
		}
		more = next
	}
	assert.Equal(t, []string{"courses/jp-c0", "courses/jp-c1", "courses/jp-c2", "courses/jp-c3", "courses/jp-c4"}, courses)

	over := content.Desk{Store: s.store, Clock: clock.Fixed(start.Add(time.Second))}
	_, err = over.Update(ctx, "jp-u", "jp", "jp-c1", "jp-i2", new(true), nil)
	assert.Equal(t, "SUBSCRIPTION_REQUIRED", fault.ReasonOf(err), "access is over at its end")
}
