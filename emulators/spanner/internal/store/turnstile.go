package store

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// A transaction waits for a turn for turnWait at most. A turn held for longer
// than turnHold no longer counts and is taken over, so that a client that went
// away does not hold up the others.
const (
	turnWait = time.Second
	turnHold = 250 * time.Millisecond
)

// turnstile lets transactions that lost a conflict go one after the other.
//
// With optimistic checks alone, many writers of one key spend most of their
// work on attempts that fail, and an unlucky one may fail for ever. A
// transaction that is tried again therefore first waits for its turn on the
// keys it lost before, and while it has the turn nobody else commits to them.
// One that is new gets in line too, if the first key it reads is such a key.
// Turns are taken in order of key before anything else, hence without
// deadlock, and commits never wait for them.
type turnstile struct {
	mu    sync.Mutex
	turns map[string]*turn // by key, only those held
}

type turn struct {
	key     string
	holder  *Txn
	since   time.Time
	waiting []chan *turn // first come, first served
}

// busy says whether somebody has the turn for a key.
func (q *turnstile) busy(key []byte) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	_, ok := q.turns[string(key)]
	return ok
}

// maxTurns bounds the keys one transaction waits for.
const maxTurns = 16

func (q *turnstile) take(ctx context.Context, t *Txn, keys [][]byte) []*turn {
	var names []string
	for _, key := range keys {
		if len(key) > 0 {
			names = append(names, string(key))
		}
	}
	slices.SortFunc(names, strings.Compare)
	names = slices.Compact(names)
	if len(names) > maxTurns {
		names = names[:maxTurns]
	}
	deadline := time.Now().Add(turnWait)
	var held []*turn
	for _, name := range names {
		got := q.await(ctx, t, name, deadline)
		if got == nil {
			break
		}
		held = append(held, got)
	}
	return held
}

// await returns the turn for a key, or nil if it took too long.
func (q *turnstile) await(ctx context.Context, t *Txn, key string, deadline time.Time) *turn {
	got, ready := q.enter(t, key)
	if got != nil {
		return got
	}
	look := time.NewTicker(turnHold / 5)
	defer look.Stop()
	for {
		select {
		case got := <-ready:
			q.claim(got, t)
			return got
		case <-look.C:
			if got := q.takeOver(t, key, ready); got != nil {
				return got
			}
			if time.Now().Before(deadline) {
				continue
			}
		case <-ctx.Done():
		}
		q.leave(key, ready)
		return nil
	}
}

// enter takes a free turn or gets in line for it.
func (q *turnstile) enter(t *Txn, key string) (*turn, chan *turn) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.turns == nil {
		q.turns = map[string]*turn{}
	}
	current, busy := q.turns[key]
	if !busy {
		got := &turn{key: key, holder: t, since: time.Now()}
		q.turns[key] = got
		return got, nil
	}
	ready := make(chan *turn, 1)
	current.waiting = append(current.waiting, ready)
	return nil, ready
}

// takeOver takes a turn from one who has held it for too long. Its first
// in line is the one to do so.
func (q *turnstile) takeOver(t *Txn, key string, ready chan *turn) *turn {
	q.mu.Lock()
	defer q.mu.Unlock()
	current, ok := q.turns[key]
	if !ok || time.Since(current.since) <= turnHold || len(current.waiting) == 0 || current.waiting[0] != ready {
		return nil
	}
	got := &turn{key: key, holder: t, since: time.Now(), waiting: current.waiting[1:]}
	current.waiting = nil
	q.turns[key] = got
	return got
}

// leave gets out of the line.
func (q *turnstile) leave(key string, ready chan *turn) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if current, ok := q.turns[key]; ok {
		current.waiting = slices.DeleteFunc(current.waiting, func(c chan *turn) bool { return c == ready })
	}
	select {
	case got := <-ready: // it came in the last moment
		q.pass(got)
	default:
	}
}

func (q *turnstile) claim(got *turn, t *Txn) {
	q.mu.Lock()
	defer q.mu.Unlock()
	got.holder, got.since = t, time.Now()
}

func (q *turnstile) give(turns []*turn) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, held := range turns {
		q.pass(held)
	}
}

// pass hands a turn to the next in line; mu is held.
func (q *turnstile) pass(held *turn) {
	if q.turns[held.key] != held {
		return // it was taken over
	}
	held.holder, held.since = nil, time.Now()
	if len(held.waiting) == 0 {
		delete(q.turns, held.key)
		return
	}
	next := held.waiting[0]
	held.waiting = held.waiting[1:]
	next <- held
}

// blocked returns a key that t wants to write while it is another's turn.
func (q *turnstile) blocked(t *Txn) []byte {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.turns) == 0 || t.readTS == 0 {
		return nil
	}
	for key, current := range q.turns {
		if current.holder == nil || current.holder == t || time.Since(current.since) > turnHold {
			continue
		}
		if _, ok := t.writes[key]; ok {
			return []byte(key)
		}
	}
	return nil
}
