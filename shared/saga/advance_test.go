package saga_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/saga"
)

// bench plays a saga by hand.
type bench struct {
	t    *testing.T
	def  saga.Definition
	saga saga.Saga
	now  time.Time
	sent []string // of the last event, compensations with a minus before them
	last []message.Command
}

func body(saga.Data) (any, error) { return map[string]int{"n": 1}, nil }

// purchase is a saga like subscribing, in short.
func purchase() saga.Definition {
	return saga.Definition{Name: "purchase", Version: 1, Patience: 15 * time.Minute, Steps: []saga.Step{
		{Name: "Look", Service: "course", Command: "Look", ReadOnly: true, Body: body},
		{Name: "Reserve", Service: "subscription", Command: "Reserve", Compensation: "Release", Body: body},
		{Name: "Pay", Service: "billing", Command: "Pay", Compensation: "Return", After: []string{"Look", "Reserve"}, Pivot: true, Body: body},
		{Name: "Enroll", Service: "course", Command: "Enroll", Compensation: "Revert", After: []string{"Pay"}, Body: body},
		{Name: "Grant", Service: "content", Command: "Grant", Compensation: "Revoke", After: []string{"Pay"}, Body: body},
	}}
}

func begin(t *testing.T, d saga.Definition) *bench {
	t.Helper()
	require.NoError(t, d.Validate())
	s, commands, err := saga.Begin(d, saga.New{ID: "jp-1", Owner: "jp-2", Country: "jp", Input: "x"}, start)
	require.NoError(t, err)
	b := &bench{t: t, def: d, saga: s, now: start}
	b.note(commands)
	return b
}

func (b *bench) note(commands []message.Command) {
	b.last, b.sent = commands, nil
	for _, c := range commands {
		name := c.Step
		if c.Compensation {
			name = "-" + name
		}
		b.sent = append(b.sent, name)
	}
}

func (b *bench) apply(e saga.Event) *bench {
	b.t.Helper()
	s, commands, err := saga.Advance(b.def, b.saga, e, b.now)
	require.NoError(b.t, err)
	b.saga = s
	b.note(commands)
	return b
}

func reply(step string, outcome message.Outcome, id string) message.Reply {
	r := message.Reply{Version: 1, Saga: "jp-1", Step: step, Outcome: outcome, MessageID: id, Body: json.RawMessage(`{}`)}
	if step[0] == '-' {
		r.Step, r.Compensation = step[1:], true
	}
	if outcome == message.Refused {
		r.Failure = &message.Failure{Step: r.Step, Kind: "failed precondition", Reason: "NO"}
	}
	return r
}

func (b *bench) done(steps ...string) *bench {
	b.t.Helper()
	for _, step := range steps {
		b.apply(saga.Replied(reply(step, message.Done, step)))
	}
	return b
}

func (b *bench) refused(step string) *bench {
	b.t.Helper()
	return b.apply(saga.Replied(reply(step, message.Refused, step)))
}

func (b *bench) sends(want ...string) *bench {
	b.t.Helper()
	assert.ElementsMatch(b.t, want, b.sent)
	return b
}

func TestStepsThatDoNotDependRunAtTheSameTime(t *testing.T) {
	b := begin(t, purchase()).sends("Look", "Reserve")
	b.done("Look").sends().done("Reserve").sends("Pay").done("Pay").sends("Enroll", "Grant")
	b.done("Grant").sends().done("Enroll").sends()
	assert.Equal(t, saga.Succeeded, b.saga.Phase)
	assert.True(t, b.saga.DueTime.IsZero())
}

func TestRefusalUndoesWhatWasSentInReverse(t *testing.T) {
	b := begin(t, purchase()).done("Look", "Reserve", "Pay")
	b.refused("Enroll").sends("-Grant") // sent, though not answered; Enroll kept nothing
	assert.Equal(t, "NO", b.last[0].Failure.Reason)
	assert.Equal(t, "Revoke", b.last[0].Name)
	assert.JSONEq(t, `{"n":1}`, string(b.last[0].Body), "a compensation carries its action's body")
	b.done("-Grant").sends("-Pay").done("-Pay").sends("-Reserve").done("-Reserve").sends()
	assert.Equal(t, saga.Failed, b.saga.Phase)
	assert.Equal(t, "Enroll", b.saga.Failure.Step)
}

func TestRefusalOfAReadUndoesWhatIsStillUnanswered(t *testing.T) {
	b := begin(t, purchase()).refused("Look").sends("-Reserve")
	b.done("Reserve").sends() // late: recorded, changes nothing
	assert.Equal(t, saga.Done, b.saga.Steps["Reserve"].Action.Status)
	b.done("-Reserve")
	assert.Equal(t, saga.Failed, b.saga.Phase)
}

func TestLateReplyAfterTheEndIsRecorded(t *testing.T) {
	b := begin(t, purchase()).refused("Look").done("-Reserve")
	before := b.saga
	b.done("Reserve").sends()
	assert.Equal(t, saga.Failed, b.saga.Phase)
	assert.Greater(t, b.saga.Revision, before.Revision)
	assert.Equal(t, before.EndTime, b.saga.EndTime)
}

func TestRedeliverySendsAgainOnlyWhatThatEventCaused(t *testing.T) {
	b := begin(t, purchase()).done("Reserve", "Look").sends("Pay")
	revision := b.saga.Revision
	b.apply(saga.Replied(reply("Look", message.Done, "Look"))).sends("Pay") // the same message
	b.apply(saga.Replied(reply("Reserve", message.Done, "Reserve"))).sends()
	b.apply(saga.Replied(reply("Look", message.Done, "another copy"))).sends()
	b.apply(saga.Started()).sends()
	assert.Equal(t, revision, b.saga.Revision)
	b.done("Pay").apply(saga.Replied(reply("Look", message.Done, "Look"))).sends() // answered meanwhile
}

func TestRepeatedStartSendsAgainUntilAnswered(t *testing.T) {
	b := begin(t, purchase()).apply(saga.Started()).sends("Look", "Reserve")
	b.done("Look").apply(saga.Started()).sends("Reserve")
}

func TestSagaIsDueAtOnceUntilItsFirstReply(t *testing.T) {
	b := begin(t, purchase())
	assert.Equal(t, start, b.saga.DueTime)
	b.apply(saga.Due()).sends("Look", "Reserve")
	assert.Equal(t, start.Add(2*time.Minute), b.saga.DueTime, "back-off")
	b.apply(saga.Due()).sends() // not yet
	b.done("Look")
	assert.Equal(t, start.Add(time.Minute), b.saga.DueTime)
}

func TestDeadlineBeforePaymentTurnsBack(t *testing.T) {
	b := begin(t, purchase()).done("Look", "Reserve").sends("Pay")
	b.now = start.Add(15 * time.Minute)
	b.apply(saga.Due()).sends("-Pay")
	assert.Equal(t, saga.ReasonExpired, b.saga.Failure.Reason)
	b.done("Pay").sends() // too late
	b.done("-Pay", "-Reserve")
	assert.Equal(t, saga.Failed, b.saga.Phase)
}

func TestDeadlineAfterPaymentGoesForward(t *testing.T) {
	b := begin(t, purchase()).done("Look", "Reserve", "Pay")
	assert.True(t, b.saga.Deadline.IsZero())
	b.now = start.Add(24 * time.Hour)
	b.apply(saga.Due()).sends("Enroll", "Grant")
	assert.Equal(t, saga.Forward, b.saga.Phase)
}

func TestWaitingMovesTheDeadlineAndTellsWhatFor(t *testing.T) {
	b := begin(t, purchase()).done("Look", "Reserve")
	info := message.WaitingInfo{ExpireTime: start.Add(72 * time.Hour), NextAction: &message.NextAction{Type: "VOUCHER", Reference: "12"}}
	waiting := reply("Pay", message.Waiting, "w")
	waiting.Body, _ = json.Marshal(info)
	b.apply(saga.Replied(waiting)).sends()
	got, waits := b.saga.AwaitsPerson()
	require.True(t, waits)
	assert.Equal(t, info, got)
	assert.Equal(t, info.ExpireTime, b.saga.Deadline)
	revision := b.saga.Revision
	b.apply(saga.Replied(waiting)).sends()
	assert.Equal(t, revision, b.saga.Revision)
	for range 40 { // nobody is alarmed by a voucher that is not paid yet
		b.now = b.saga.DueTime
		b.apply(saga.Due())
		assert.Empty(t, b.saga.Stuck)
	}
	b.done("Pay").sends("Enroll", "Grant")
	b.apply(saga.Replied(waiting)).sends() // out of order
	_, waits = b.saga.AwaitsPerson()
	assert.False(t, waits)
}

func TestWaitingThatExpiresTurnsBack(t *testing.T) {
	b := begin(t, purchase()).done("Look", "Reserve")
	waiting := reply("Pay", message.Waiting, "w")
	waiting.Body, _ = json.Marshal(message.WaitingInfo{ExpireTime: start.Add(30 * time.Minute)})
	b.apply(saga.Replied(waiting))
	for b.saga.Phase == saga.Forward {
		b.now = b.saga.DueTime
		b.apply(saga.Due())
	}
	assert.Equal(t, start.Add(30*time.Minute), b.now)
	b.sends("-Pay")
}

func TestStandingStillForHoursIsStuckUntilItMoves(t *testing.T) {
	b := begin(t, purchase()).done("Look", "Reserve", "Pay")
	for b.saga.Stuck == "" {
		require.Less(t, b.now.Sub(start), 6*time.Hour)
		b.now = b.saga.DueTime
		b.apply(saga.Due()).sends("Enroll", "Grant")
	}
	assert.GreaterOrEqual(t, b.now.Sub(start), 4*time.Hour)
	assert.False(t, b.saga.DueTime.IsZero(), "it is still asked for")
	b.apply(saga.Resumed()).sends("Enroll", "Grant")
	assert.Empty(t, b.saga.Stuck)
	b.done("Enroll", "Grant")
	assert.Equal(t, saga.Succeeded, b.saga.Phase)
}

func TestRefusedCompensationWaitsForAnOperator(t *testing.T) {
	b := begin(t, purchase()).done("Look", "Reserve").refused("Pay").sends("-Reserve").refused("-Reserve").sends()
	assert.Contains(t, b.saga.Stuck, "Reserve")
	assert.True(t, b.saga.DueTime.IsZero())
	b.apply(saga.Resumed()).sends("-Reserve")
	require.Equal(t, 1, b.last[0].Attempt)
	b.refused("-Reserve").sends() // the old refusal once more
	assert.Empty(t, b.saga.Stuck)
	again := reply("-Reserve", message.Done, "x")
	again.Attempt = 1
	b.apply(saga.Replied(again))
	assert.Equal(t, saga.Failed, b.saga.Phase)
}

func TestForwardOnlySagaNeverTurnsBack(t *testing.T) {
	d := saga.Definition{Name: "leave", Version: 1, Patience: time.Minute, Steps: []saga.Step{
		{Name: "Hold", Service: "a", Command: "Hold", Compensation: "LetGo", ForwardOnly: true, Body: body},
		{Name: "Revoke", Service: "b", Command: "Revoke", After: []string{"Hold"}, Body: body},
		{Name: "Revert", Service: "c", Command: "Revert", After: []string{"Hold"}, Body: body},
		{Name: "Return", Service: "d", Command: "Return", After: []string{"Revoke", "Revert"}, Body: body},
	}}
	b := begin(t, d).done("Hold").sends("Revoke", "Revert").refused("Revoke").sends()
	assert.Equal(t, saga.Forward, b.saga.Phase)
	b.done("Revert").sends()
	assert.NotEmpty(t, b.saga.Stuck, "another step's success does not hide it")
	b.apply(saga.Resumed()).sends("Revoke")
	again := reply("Revoke", message.Done, "x")
	again.Attempt = 1
	b.apply(saga.Replied(again)).sends("Return").done("Return")
	assert.Equal(t, saga.Succeeded, b.saga.Phase)

	both := begin(t, d).done("Hold").refused("Revoke").refused("Revert").sends()
	assert.Equal(t, saga.Forward, both.saga.Phase, "not even when nothing else was done")

	refused := begin(t, d).refused("Hold").sends()
	assert.Equal(t, saga.Failed, refused.saga.Phase)
	late := begin(t, d)
	late.now = start.Add(time.Hour)
	late.apply(saga.Due()).sends("-Hold")
}

func TestNonsenseIsRefusedForGood(t *testing.T) {
	b := begin(t, purchase())
	for name, r := range map[string]message.Reply{
		"unknown step":          reply("Dance", message.Done, "x"),
		"step not sent":         reply("Pay", message.Done, "x"),
		"compensation not sent": reply("-Reserve", message.Done, "x"),
		"unknown outcome":       reply("Look", "PERHAPS", "x"),
	} {
		_, _, err := saga.Advance(b.def, b.saga, saga.Replied(r), b.now)
		assert.True(t, fault.Final(err), name)
	}
}

func TestDefinitionsAreChecked(t *testing.T) {
	for name, spoil := range map[string]func(*saga.Definition){
		"no name":                func(d *saga.Definition) { d.Name = "" },
		"no patience":            func(d *saga.Definition) { d.Patience = 0 },
		"no version":             func(d *saga.Definition) { d.Version = 0 },
		"no steps":               func(d *saga.Definition) { d.Steps = nil },
		"no body":                func(d *saga.Definition) { d.Steps[0].Body = nil },
		"twice the same step":    func(d *saga.Definition) { d.Steps = append(d.Steps, d.Steps[0]) },
		"follows an unknown one": func(d *saga.Definition) { d.Steps[2].After = []string{"Dance"} },
		"follows a later one":    func(d *saga.Definition) { slices.Reverse(d.Steps) },
		"undoes a read":          func(d *saga.Definition) { d.Steps[0].Compensation = "Unsee" },
	} {
		d := purchase()
		spoil(&d)
		assert.Error(t, d.Validate(), name)
	}
}

func TestRegistryKeepsOldVersions(t *testing.T) {
	old, current := purchase(), purchase()
	current.Version = 2
	r, err := saga.NewRegistry(current, old)
	require.NoError(t, err)
	got, err := r.Current("purchase")
	require.NoError(t, err)
	assert.Equal(t, 2, got.Version)
	got, err = r.Of(begin(t, old).saga)
	require.NoError(t, err)
	assert.Equal(t, 1, got.Version)
	_, err = r.Of(saga.Saga{Definition: "purchase", Version: 3})
	require.Error(t, err)
	assert.False(t, fault.Final(err), "a newer instance will know it")
	_, err = r.Current("dance")
	require.Error(t, err)
	_, err = saga.NewRegistry(old, old)
	require.Error(t, err)
}
