package rollout

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/run/v2"
)

var (
	user    = Place{"get-user", "jakarta"}
	pay     = Place{"pay", "tokyo"}
	first   = Release{Commit: "c1", CommittedAt: time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC)}
	healthy = Sample{Requests: 500, Errors: 1, LatencySeconds: 0.2}
)

type percents = map[string]int64

// two is a world with two services of which both have a new revision, all in health.
func two(t *testing.T) *world {
	w := newWorld(t)
	w.put(user, "get-user-1", "get-user-2")
	w.put(pay, "pay-1", "pay-2")
	for _, revision := range []string{"get-user-1", "get-user-2", "pay-1", "pay-2"} {
		w.samples[revision] = healthy
	}
	return w
}

func (w *world) record(t *testing.T) Record {
	r, err := w.bucket.Read(t.Context())
	require.NoError(t, err)
	return r
}

func TestForwardByStepsAndBackByHand(t *testing.T) {
	w := two(t)
	require.NoError(t, w.run(t, "a", user, pay).Forward(t.Context(), first))
	assert.Equal(t, percents{"get-user-2": 100}, w.shares(user))
	assert.Equal(t, percents{"pay-2": 100}, w.shares(pay))
	assert.Equal(t, 6, w.patches, "three steps of two services")
	assert.Equal(t, 30, w.pauses, "three steps of five minutes, looked at twice a minute")
	assert.Equal(t, Done, w.record(t).State)
	require.NoError(t, w.run(t, "wait").Await(t.Context(), first, 0))

	patches := w.patches
	require.NoError(t, w.run(t, "b", user, pay).Forward(t.Context(), first), "again: nothing to move")
	assert.Equal(t, patches, w.patches)

	require.NoError(t, w.run(t, "c", user, pay).Back(t.Context(), "odd e-mails"))
	require.NoError(t, w.run(t, "d", user, pay).Back(t.Context(), "odd e-mails"), "safe twice")
	assert.Equal(t, percents{"get-user-1": 100}, w.shares(user))
	assert.Equal(t, percents{"pay-1": 100}, w.shares(pay))
	require.ErrorContains(t, w.run(t, "wait").Await(t.Context(), first, time.Hour), "taken back")
	older := Release{Commit: "c0", CommittedAt: first.CommittedAt.Add(-time.Minute)}
	require.ErrorContains(t, w.run(t, "wait").Await(t.Context(), older, time.Hour), "overtaken by c1")

	err := w.run(t, "e", user, pay).Forward(t.Context(), first)
	require.ErrorContains(t, err, "get-user-2 was taken back (odd e-mails)")
	again := first
	again.Again = true
	require.NoError(t, w.run(t, "f", user, pay).Forward(t.Context(), again))
	assert.Equal(t, percents{"pay-2": 100}, w.shares(pay))
}

func TestBreachTakesTheWholeReleaseBack(t *testing.T) {
	for name, spoil := range map[string]func(*world){
		"errors":       func(w *world) { w.samples["pay-2"] = Sample{Requests: 100, Errors: 2} },
		"latency":      func(w *world) { w.samples["get-user-2"] = Sample{Requests: 100, LatencySeconds: 2.5} },
		"alert begins": func(w *world) { w.alerts["alert"] = true },
	} {
		t.Run(name, func(t *testing.T) {
			w := two(t)
			w.before = func(patch int) { // at the second step
				if patch == 3 {
					w.mu.Lock()
					defer w.mu.Unlock()
					spoil(w)
				}
			}
			require.ErrorIs(t, w.run(t, "a", user, pay).Forward(t.Context(), first), ErrBack)
			assert.Equal(t, percents{"get-user-1": 100}, w.shares(user))
			assert.Equal(t, percents{"pay-1": 100}, w.shares(pay))
			r := w.record(t)
			assert.Equal(t, Back, r.State)
			assert.Empty(t, r.Holder)
			assert.Equal(t, name == "alert begins", len(r.TakenBack) == 0)
		})
	}
}

func TestFixAfterABreachComesWithTheInnocent(t *testing.T) {
	w := two(t)
	w.samples["pay-2"] = Sample{Requests: 100, Errors: 100}
	require.ErrorIs(t, w.run(t, "a", user, pay).Forward(t.Context(), first), ErrBack)
	require.ErrorContains(t, w.run(t, "b", user, pay).Forward(t.Context(), first), "pay-2 was taken back")

	w.services["projects/p/locations/tokyo/services/pay"].LatestReadyRevision = "pay-3"
	w.services["projects/p/locations/tokyo/services/pay"].LatestCreatedRevision = "pay-3"
	w.samples["pay-3"] = healthy
	second := Release{Commit: "c2", CommittedAt: first.CommittedAt.Add(time.Minute)}
	require.NoError(t, w.run(t, "c", user, pay).Forward(t.Context(), second))
	assert.Equal(t, percents{"pay-3": 100}, w.shares(pay))
	assert.Equal(t, percents{"get-user-2": 100}, w.shares(user))
	assert.Equal(t, "pay-1", w.record(t).Moves[1].From, "the one to go back to is the one that served")
	require.ErrorContains(t, w.run(t, "d", user, pay).Prepare(t.Context(), first), "is older")
}

func TestSignalsThatCannotBeReadHold(t *testing.T) {
	w := two(t)
	w.down = true
	require.ErrorIs(t, w.run(t, "a", user, pay).Forward(t.Context(), first), ErrAsk)
	assert.Equal(t, percents{"pay-1": 100}, w.shares(pay), "not begun")

	w.down = false
	w.before = func(int) { w.mu.Lock(); w.down = true; w.mu.Unlock() }
	require.ErrorIs(t, w.run(t, "b", user, pay).Forward(t.Context(), first), ErrAsk)
	assert.Equal(t, percents{"pay-1": 95, "pay-2": 5}, w.shares(pay), "held where it was")
	assert.Equal(t, 20, w.pauses, "ten minutes")

	w.mu.Lock()
	w.before, w.down = nil, false
	w.mu.Unlock()
	require.NoError(t, w.run(t, "c", user, pay).Forward(t.Context(), first))
	assert.Equal(t, percents{"pay-2": 100}, w.shares(pay))
}

func TestAlertThatHoldsAlready(t *testing.T) {
	w := two(t)
	w.alerts["alert"] = true
	require.ErrorIs(t, w.run(t, "a", user, pay).Forward(t.Context(), first), ErrAsk)
	assert.Zero(t, w.patches)
}

func TestFewRequestsAreWaitedForAndThenBelieved(t *testing.T) {
	w := two(t)
	w.samples = map[string]Sample{"get-user-2": {Requests: 3, Errors: 3}}
	require.NoError(t, w.run(t, "a", user, pay).Forward(t.Context(), first))
	assert.Equal(t, 60, w.pauses, "ten minutes a step")
}

// A run that is killed at any change is finished by the next one.
func TestKilledRunIsFinished(t *testing.T) {
	for kill := 1; kill <= 6; kill++ {
		w := two(t)
		ctx, cancel := context.WithCancel(t.Context())
		w.before = func(patch int) {
			if patch == kill {
				cancel()
			}
		}
		require.Error(t, w.run(t, "killed", user, pay).Forward(ctx, first))
		w.now = w.now.Add(leaseTime + time.Second)
		require.NoError(t, w.run(t, "next", user, pay).Forward(t.Context(), first), "killed at change %d", kill)
		assert.Equal(t, percents{"get-user-2": 100}, w.shares(user))
		assert.Equal(t, percents{"pay-2": 100}, w.shares(pay))
		assert.Equal(t, "get-user-1", w.record(t).Moves[0].From)
	}
}

func TestOneRunAtATime(t *testing.T) {
	w := two(t)
	w.before = func(patch int) {
		if patch == 1 {
			require.ErrorContains(t, w.run(t, "b", user, pay).Forward(t.Context(), first), "a moves release c1")
		}
	}
	require.NoError(t, w.run(t, "a", user, pay).Forward(t.Context(), first))
}

func TestRunWaitsForAnother(t *testing.T) {
	w := two(t)
	_, err := w.bucket.Write(t.Context(), Record{Commit: "c0", State: Moving, Holder: "dead", LeaseEnds: w.now.Add(leaseTime)})
	require.NoError(t, err)
	r := w.run(t, "a", user, pay)
	r.Patience = time.Minute
	require.ErrorContains(t, r.Forward(t.Context(), first), "dead moves release c0")
	r.Patience = time.Hour
	require.NoError(t, r.Forward(t.Context(), first))
	assert.Equal(t, percents{"pay-2": 100}, w.shares(pay))
}

// Who goes back by hand takes over from a run, at whatever change that stands.
func TestBackTakesOverFromARun(t *testing.T) {
	for at := 1; at <= 4; at++ {
		w := two(t)
		w.before = func(patch int) {
			if patch == at {
				require.NoError(t, w.run(t, "person", user, pay).Back(t.Context(), "by hand"))
			}
		}
		require.Error(t, w.run(t, "a", user, pay).Forward(t.Context(), first))
		assert.Equal(t, percents{"get-user-1": 100}, w.shares(user), "at change %d", at)
		assert.Equal(t, percents{"pay-1": 100}, w.shares(pay), "at change %d", at)
		assert.Equal(t, Back, w.record(t).State)
	}
}

func TestPreparePinsWhatServes(t *testing.T) {
	w := newWorld(t)
	w.put(user, "get-user-1", "get-user-1")
	w.services["projects/p/locations/jakarta/services/get-user"].Traffic = []*run.GoogleCloudRunV2TrafficTarget{{Type: toLatest, Percent: 100}}
	gone := Place{"not-yet", "tokyo"}
	require.NoError(t, w.run(t, "a", user, gone).Prepare(t.Context(), first))
	assert.Equal(t, percents{"get-user-1": 100}, w.shares(user))
	require.NoError(t, w.run(t, "b", user, gone).Prepare(t.Context(), first))
	assert.Equal(t, 1, w.patches, "once")
}

func TestRevisionThatDoesNotStart(t *testing.T) {
	w := two(t)
	w.services["projects/p/locations/tokyo/services/pay"].LatestCreatedRevision = "pay-3"
	require.ErrorContains(t, w.run(t, "a", user, pay).Forward(t.Context(), first), "pay in tokyo: revision pay-3 did not become ready")
	assert.Zero(t, w.patches)
}
