package subscription_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/subscription"
)

// story is one subscription that several sagas and its learner change at once, with what
// has been promised and charged so far.
type story struct {
	t         *testing.T
	s         subscription.Subscription
	now       time.Time
	holder    string       // the saga that was let in last and has not left
	cancelled bool         // a cancellation was confirmed
	paid      map[int]bool // the periods charged
	paidUntil time.Time
	promised  time.Time // the end that the latest cancellation was answered with
	trace     []string
}

func newStory(t *testing.T) *story {
	s := active(t)
	return &story{t: t, s: s, now: s.RenewTime, paid: map[int]bool{0: true}, paidUntil: s.PeriodEnd}
}

// enter notes that saga was let in.
func (y *story) enter(saga string) {
	require.Empty(y.t, y.holder, "%s is let in beside %s: %v", saga, y.holder, y.trace)
	y.holder = saga
}

func (y *story) leave(saga string) {
	require.Equal(y.t, saga, y.holder, "%v", y.trace)
	y.holder = ""
}

// check is what must hold after every step.
func (y *story) check() {
	s := &y.s
	require.Equal(y.t, y.holder, s.HeldBy, "%v", y.trace)
	require.True(y.t, s.Period == 0 || y.paid[s.Period], "the current period is paid: %v", y.trace)
	require.False(y.t, y.paidUntil.After(s.PeriodEnd) && s.HeldBy == "" && s.State != subscription.Ended, "paid and not had: %v", y.trace)
	if y.cancelled && s.Paid() && s.HeldBy == "" {
		require.True(y.t, s.RenewTime.IsZero(), "cancelled and to be renewed: %v", y.trace)
		require.False(y.t, s.EndTime.IsZero(), "cancelled and never to end: %v", y.trace)
		require.False(y.t, s.EndTime.After(y.paidUntil) && s.EndTime.After(y.now), "ends after what is paid: %v", y.trace)
	}
	if s.Paid() && s.HeldBy == "" {
		require.False(y.t, s.RenewTime.IsZero() && s.EndTime.IsZero(), "neither renewed nor ended: %v", y.trace)
	}
	if !s.Paid() {
		require.True(y.t, s.RenewTime.IsZero(), "%v", y.trace)
	}
}

// saga is a sequence of steps. A step that reports true is done; false is tried again,
// as a conflict is; nil ends the saga, as a refusal does.
type step func(y *story) *bool

var (
	yes   = true
	no    = false
	done  = &yes
	later = &no
)

// outcome of a step that may be refused or meet another saga.
func outcome(err error) *bool {
	switch {
	case err == nil:
		return done
	case fault.Is(err, fault.Conflict):
		return later
	default:
		return nil
	}
}

func cancel(mode subscription.CancelMode) []step {
	return []step{func(y *story) *bool {
		end, err := y.s.Cancel(mode, y.now)
		if err != nil {
			return nil // the learner is told
		}
		y.cancelled, y.promised = true, end
		return done
	}}
}

// renew charges r, which is a scheduled attempt or one by hand, and is paid or declined.
func renew(saga string, byHand, paid bool, code string) []step {
	var r message.Renewal
	return []step{
		func(y *story) *bool {
			r = renewal(y.s)
			if byHand {
				r.Attempt = 0
			}
			confirmed := y.cancelled
			terms, err := y.s.BeginRenewal(saga, r, y.now)
			if err != nil {
				return outcome(err)
			}
			require.False(y.t, confirmed, "renewed after its cancellation was confirmed: %v", y.trace)
			require.Equal(y.t, y.s.PeriodEnd, terms.PeriodStart, "periods meet: %v", y.trace)
			require.True(y.t, terms.PeriodEnd.After(terms.PeriodStart))
			require.False(y.t, y.paid[r.Period], "charged twice: %v", y.trace)
			y.enter(saga)
			return done
		},
		func(y *story) *bool {
			if !paid {
				y.s.FailRenewal(saga, r, declined(code), y.now)
				y.leave(saga)
				return done
			}
			y.paid[r.Period] = true
			p, err := y.s.CompleteRenewal(saga, r, y.now)
			require.NoError(y.t, err, "%v", y.trace)
			require.Equal(y.t, y.paidUntil, p.PeriodStart)
			y.paidUntil = p.PeriodEnd
			y.leave(saga)
			return done
		},
	}
}

func refund(saga string, abandoned bool) []step {
	return []step{
		func(y *story) *bool {
			err := y.s.BeginRefund(saga, message.SubscriptionRef{SubscriptionID: y.s.ID, InvoiceID: y.s.InvoiceID}, y.now)
			if err != nil {
				return nil // told at once
			}
			y.enter(saga)
			return done
		},
		func(y *story) *bool {
			y.leave(saga)
			if abandoned {
				y.s.AbandonRefund(saga, y.now)
				return done
			}
			y.s.Unsubscribe(false, nil, y.now)
			return done
		},
	}
}

func end(saga string) []step {
	return []step{
		func(y *story) *bool {
			over := !y.s.EndTime.IsZero() && !y.s.EndTime.After(y.now)
			if err := y.s.BeginEnd(saga, y.now); err != nil {
				return outcome(err)
			}
			require.True(y.t, over, "ended before its time: %v", y.trace)
			y.enter(saga)
			return done
		},
		func(y *story) *bool {
			y.s.Unsubscribe(false, nil, y.now)
			y.leave(saga)
			return done
		},
	}
}

// play runs the next step of saga i. It reports the steps that are left of it.
func (y *story) play(name string, steps []step) []step {
	before := y.s
	result := steps[0](y)
	y.trace = append(y.trace, fmt.Sprintf("%s %d left %v", name, len(steps), result != nil && *result))
	if result != done && y.holder == before.HeldBy {
		require.Equal(y.t, before, y.s, "what is refused changes nothing: %v", y.trace)
	}
	y.check()
	switch result {
	case done:
		return steps[1:]
	case later:
		return steps
	default:
		return nil
	}
}

// TestEveryInterleaving plays cancel, renewal, refund and end in every order of their
// steps. A saga that meets another one waits and is played to its end afterwards.
func TestEveryInterleaving(t *testing.T) {
	names := []string{"cancel", "renewal", "refund", "end"}
	played := 0
	for variant := range 16 {
		mode, paid := subscription.PeriodEnd, variant&2 == 0
		if variant&1 != 0 {
			mode = subscription.Now
		}
		abandoned, late := variant&4 != 0, variant&8 != 0
		orders([]int{1, 2, 2, 2}, func(order []int) {
			played++
			y := newStory(t)
			if late {
				y.now = y.s.PeriodEnd.Add(36 * time.Hour)
			}
			y.trace = append(y.trace, fmt.Sprint("variant ", variant, " order ", order))
			left := [][]step{cancel(mode), renew("renewal", false, paid, "generic_decline"), refund("refund", abandoned), end("end")}
			for _, i := range order {
				if len(left[i]) > 0 {
					left[i] = y.play(names[i], left[i])
				}
			}
			for range 4 {
				for i := range left {
					for len(left[i]) > 0 {
						steps := y.play(names[i], left[i])
						if len(steps) == len(left[i]) {
							break
						}
						left[i] = steps
					}
				}
			}
			for i := range left {
				require.Empty(t, left[i], "%s is not finished: %v", names[i], y.trace)
			}
			require.Empty(t, y.s.HeldBy)
		})
	}
	require.Equal(t, 16*630, played)
}

// orders calls use with every order of as many steps of each saga.
func orders(counts []int, use func([]int)) {
	var order []int
	var next func()
	next = func() {
		end := true
		for i := range counts {
			if counts[i] == 0 {
				continue
			}
			end = false
			counts[i]--
			order = append(order, i)
			next()
			order = order[:len(order)-1]
			counts[i]++
		}
		if end {
			use(order)
		}
	}
	next()
}

// TestRandomStories plays years of sagas that begin at random while others are under way,
// with time moving between their steps, and then lets the subscription come to its end.
func TestRandomStories(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test
	codes := []string{"insufficient_funds", "expired_card", "processing_error", "", "card_velocity_exceeded"}
	for story := range 400 {
		y := newStory(t)
		y.trace = append(y.trace, fmt.Sprint("seed ", seed, " story ", story))
		left := map[string][]step{}
		begin := func(n int) {
			name := fmt.Sprint("saga ", n)
			switch random.IntN(12) {
			case 0:
				left[name] = cancel(subscription.PeriodEnd)
			case 1:
				left[name] = cancel(subscription.Now)
			case 2:
				left[name] = refund(name, random.IntN(4) > 0)
			case 3, 4:
				left[name] = end(name)
			case 5:
				left[name] = renew(name, true, random.IntN(2) == 0, codes[random.IntN(len(codes))])
			default:
				left[name] = renew(name, false, random.IntN(3) > 0, codes[random.IntN(len(codes))])
			}
		}
		for n := range 40 {
			begin(n)
			for range random.IntN(5) {
				name, steps := pick(random, left)
				if name == "" {
					break
				}
				if left[name] = y.play(name, steps); len(left[name]) == 0 {
					delete(left, name)
				}
				y.now = y.now.Add(time.Duration(random.IntN(3*24)) * time.Hour)
			}
		}
		y.finish(left)
	}
}

// pick returns a random saga that has steps left.
func pick(random *rand.Rand, left map[string][]step) (string, []step) {
	n := len(left)
	if n == 0 {
		return "", nil
	}
	at := random.IntN(n)
	for i := range 1000 {
		name := fmt.Sprint("saga ", i)
		if steps, ok := left[name]; ok {
			if at == 0 {
				return name, steps
			}
			at--
		}
	}
	return "", nil
}

// finish lets all sagas end, then declines every charge and sweeps until it is over.
func (y *story) finish(left map[string][]step) {
	for range 2 * len(left) {
		for name := range left {
			if left[name] = y.play(name, left[name]); len(left[name]) == 0 {
				delete(left, name)
			}
		}
	}
	require.Empty(y.t, left, "%v", y.trace)
	for n := 0; y.s.Paid(); n++ {
		require.Less(y.t, n, 20, "it never ends: %v", y.trace)
		due, steps := y.s.RenewTime, renew(fmt.Sprint("last ", n), false, false, "generic_decline")
		if due.IsZero() {
			due, steps = y.s.EndTime, end(fmt.Sprint("end ", n))
		}
		if due.After(y.now) {
			y.now = due
		}
		for len(steps) > 0 {
			steps = y.play(fmt.Sprint("last ", n), steps)
		}
	}
	require.Equal(y.t, subscription.Ended, y.s.State)
	require.False(y.t, y.s.AccessUntil.After(y.now), "access is over: %v", y.trace)
}
