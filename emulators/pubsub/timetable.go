package pubsub

import (
	"container/heap"
	"context"
	"time"
)

const notInTimetable = -1

// timetable orders deliveries by the time at which their lease or back-off ends.
type timetable []*delivery

func (t timetable) Len() int           { return len(t) }
func (t timetable) Less(i, j int) bool { return t[i].wakeAt.Before(t[j].wakeAt) }
func (t timetable) Swap(i, j int) {
	t[i], t[j] = t[j], t[i]
	t[i].place, t[j].place = i, j
}

// Push is heap.Interface.
func (t *timetable) Push(entry any) {
	d := entry.(*delivery)
	d.place = len(*t)
	*t = append(*t, d)
}

// Pop is heap.Interface.
func (t *timetable) Pop() any {
	last := len(*t) - 1
	d := (*t)[last]
	(*t)[last] = nil
	*t = (*t)[:last]
	d.place = notInTimetable
	return d
}

func (b *backlog) schedule(d *delivery, at time.Time) {
	d.wakeAt = at
	heap.Push(&b.timetable, d)
	if d.place == 0 {
		select {
		case b.earlier <- struct{}{}:
		default:
		}
	}
}

// keepTime ends back-offs and hands expired leases to expired, until ctx is done.
func (b *backlog) keepTime(ctx context.Context, expired func(lease)) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-b.earlier:
		case <-ctx.Done():
			return
		}
		lapsed, next := b.wake(time.Now())
		for _, l := range lapsed {
			expired(l)
		}
		if !next.IsZero() {
			timer.Reset(time.Until(next))
		}
	}
}

// wake makes ready whose back-off is over, and returns the leases that are over and the
// time to call again.
func (b *backlog) wake(now time.Time) (lapsed []lease, next time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.timetable) > 0 {
		d := b.timetable[0]
		if d.wakeAt.After(now) {
			return lapsed, d.wakeAt
		}
		heap.Pop(&b.timetable)
		if d.state == leased {
			lapsed = append(lapsed, lease{message: d.message, attempt: d.attempt})
			continue
		}
		b.makeReady(d)
	}
	return lapsed, time.Time{}
}
