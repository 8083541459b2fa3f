package sagadb_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/saga"
)

func (f *fixture) resume(limit int) int {
	f.t.Helper()
	n, err := f.store.ResumeDue(ctx, limit)
	require.NoError(f.t, err)
	return n
}

func TestResumeDueMeetsEverySagaThatIsDueAndNoOther(t *testing.T) {
	f := newFixture(t)
	for i := range 150 {
		_, _, err := f.store.Start(ctx, key(fmt.Sprint(i), "{}"), newSaga())
		require.NoError(t, err)
	}
	assert.Equal(t, 40, f.resume(40), "a run is bounded")
	assert.Equal(t, 110, f.resume(1000))
	assert.Zero(t, f.resume(1000))
	f.clock.SetOffset(3 * time.Minute)
	assert.Equal(t, 150, f.resume(1000))
}

func TestResumeDueTurnsBackWhatHasExpired(t *testing.T) {
	f := newFixture(t)
	s := f.start("k")
	f.broker.take()
	f.clock.SetOffset(16 * time.Minute)
	assert.Equal(t, 1, f.resume(10))
	assert.Equal(t, []string{"Release"}, f.broker.steps())
	assert.Equal(t, saga.ReasonExpired, f.get(s.ID).Failure.Reason)
	undone := done(s.ID, "Reserve")
	undone.Compensation = true
	f.reply(undone)
	assert.Equal(t, saga.Failed, f.get(s.ID).Phase)
	f.clock.SetOffset(48 * time.Hour)
	assert.Zero(t, f.resume(10))
}

// TestReminderThatWasNotPublishedIsRepeated has the broker away when a saga turns back, and
// for hours after.
func TestReminderThatWasNotPublishedIsRepeated(t *testing.T) {
	f := newFixture(t)
	s := f.start("k")
	for _, step := range []string{"Look", "Reserve"} {
		f.reply(done(s.ID, step))
	}
	f.broker.take()
	f.broker.fail = errors.New("down")
	f.clock.SetOffset(16 * time.Minute)
	assert.Zero(t, f.resume(10), "turned back, yet nobody was told")
	for _, wait := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		got := f.get(s.ID)
		assert.Equal(t, saga.Back, got.Phase)
		assert.WithinDuration(t, f.clock.Now().Add(wait*time.Minute), got.DueTime, 30*time.Second)
		f.clock.SetOffset(f.clock.Offset() + wait*time.Minute)
		assert.Zero(t, f.resume(10))
	}
	f.broker.fail = nil
	f.clock.SetOffset(f.clock.Offset() + time.Hour)
	assert.Equal(t, 1, f.resume(10))
	assert.Equal(t, []string{"Return"}, f.broker.steps())
}

func TestStuckSagaIsResumedByAnOperator(t *testing.T) {
	f := newFixture(t)
	s := f.start("k")
	f.reply(done(s.ID, "Look"))
	f.reply(done(s.ID, "Reserve"))
	paid := done(s.ID, "Pay")
	f.broker.take()
	f.clock.SetOffset(16 * time.Minute)
	f.resume(10)
	for offset := time.Hour; f.get(s.ID).Stuck == ""; offset += time.Hour {
		require.Less(t, offset, 12*time.Hour)
		f.clock.SetOffset(offset)
		f.resume(10)
	}
	f.broker.take()
	require.NoError(t, f.store.Resume(ctx, s.ID))
	assert.Equal(t, []string{"Return"}, f.broker.steps())
	assert.Empty(t, f.get(s.ID).Stuck)
	f.reply(paid) // late
	assert.Equal(t, saga.Back, f.get(s.ID).Phase)
}

func TestListPagesThroughTheUnfinishedOfOneOwner(t *testing.T) {
	f := newFixture(t)
	want := []string{}
	for i := range 7 {
		n := newSaga()
		n.ID = fmt.Sprintf("jp-%d", i)
		_, _, err := f.store.Start(ctx, idempotency.Key{}, n)
		require.NoError(t, err)
		want = append([]string{n.ID}, want...)
		f.clock.SetOffset(time.Duration(i+1) * time.Second)
	}
	other := newSaga()
	other.ID, other.Owner = "jp-other", "jp-somebody"
	_, _, err := f.store.Start(ctx, idempotency.Key{}, other)
	require.NoError(t, err)
	for _, step := range []string{"Look", "Reserve", "Pay"} {
		f.reply(done("jp-3", step))
	}
	want = append(want[:3], want[4:]...)

	var got []string
	page := saga.Page{Owner: "jp-user", Size: 2}
	for {
		found, readTime, err := f.store.List(ctx, page)
		require.NoError(t, err)
		if len(found) == 0 {
			break
		}
		for _, s := range found {
			got = append(got, s.ID)
		}
		last := found[len(found)-1]
		page.ReadTime, page.AfterTime, page.AfterID = readTime, last.StartTime, last.ID
	}
	assert.Equal(t, want, got)
	found, _, err := f.store.List(ctx, saga.Page{Owner: "jp-user", Done: true, Size: 10})
	require.NoError(t, err)
	require.Len(t, found, 1)
	assert.Equal(t, "jp-3", found[0].ID)
}
