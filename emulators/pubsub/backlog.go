package pubsub

import (
	"container/heap"
	"context"
	"fmt"
	"sync"
	"time"
)

// delivery is the state of one message in one subscription.
type delivery struct {
	message  *message
	attempt  int // deliveries begun
	state    deliveryState
	wakeAt   time.Time // end of back-off or of the lease, while in the timetable
	place    int       // index in the timetable
	consumer *consumer // who holds the lease, nil for a push
}

type deliveryState int

const (
	blocked    deliveryState = iota // behind an earlier message of its ordering key
	ready                           // to be taken
	leased                          // with a consumer
	backingOff                      // refused, waiting
	forwarding                      // on its way to the dead letter topic
	settled                         // acknowledged or dropped
)

// lease is what a consumer gets: one attempt at one message.
type lease struct {
	message *message
	attempt int
}

// ackID names the attempt; an acknowledgement of an earlier attempt counts too, a
// refusal or an extension of one does not.
func (l lease) ackID() string { return fmt.Sprintf("%s-%d", l.message.MessageId, l.attempt) }

// backlog holds what one subscription has not acknowledged.
type backlog struct {
	mu        sync.Mutex
	ordered   bool
	byID      map[string]*delivery
	ready     []*delivery // oldest first; may hold settled ones, skipped when met
	timetable timetable
	byKey     map[string][]*delivery // ordered: the head is in play, the rest blocked
	changed   chan struct{}          // closed when something becomes ready or room is made
	earlier   chan struct{}          // one token when the timetable's first entry changed
}

func newBacklog(ordered bool) *backlog {
	return &backlog{
		ordered: ordered,
		byID:    map[string]*delivery{},
		byKey:   map[string][]*delivery{},
		changed: make(chan struct{}),
		earlier: make(chan struct{}, 1),
	}
}

// size is the number of messages not acknowledged.
func (b *backlog) size() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.byID)
}

// add puts a message in, unless it is there already.
func (b *backlog) add(m *message, attempt int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, exists := b.byID[m.MessageId]; exists {
		return false
	}
	m.holders.Add(1)
	d := &delivery{message: m, attempt: attempt, place: notInTimetable}
	b.byID[m.MessageId] = d
	if b.ordered && m.OrderingKey != "" {
		b.byKey[m.OrderingKey] = append(b.byKey[m.OrderingKey], d)
		if len(b.byKey[m.OrderingKey]) > 1 {
			return true
		}
	}
	b.makeReady(d)
	return true
}

func (b *backlog) makeReady(d *delivery) {
	d.state = ready
	b.ready = append(b.ready, d)
	b.announce()
}

func (b *backlog) announce() {
	close(b.changed)
	b.changed = make(chan struct{})
}

// take leases up to limit ready messages. A push has no consumer and no lease time: its
// request ends by itself. It also returns a channel that closes when there may be more.
func (b *backlog) take(limit int, holder *consumer, leaseTime time.Duration) ([]lease, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var taken []lease
	for len(b.ready) > 0 && len(taken) < limit {
		d := b.ready[0]
		if d.state == ready {
			if !holder.hasRoom(d.message.size) {
				break
			}
			taken = append(taken, b.lease(d, holder, leaseTime))
		}
		b.ready[0] = nil
		b.ready = b.ready[1:]
	}
	return taken, b.changed
}

func (b *backlog) lease(d *delivery, holder *consumer, leaseTime time.Duration) lease {
	d.state = leased
	d.attempt++
	d.consumer = holder
	holder.add(d.message.size)
	if holder != nil {
		b.schedule(d, time.Now().Add(leaseTime))
	}
	return lease{message: d.message, attempt: d.attempt}
}

// wait blocks until a message is ready and leases it without a time limit.
func (b *backlog) wait(ctx context.Context) (lease, error) {
	for {
		taken, more := b.take(1, nil, 0)
		if len(taken) == 1 {
			return taken[0], nil
		}
		select {
		case <-more:
		case <-ctx.Done():
			return lease{}, ctx.Err()
		}
	}
}

// settle ends the delivery of a message for good. It returns nil if it had ended.
func (b *backlog) settle(id string) *message {
	b.mu.Lock()
	defer b.mu.Unlock()
	d := b.byID[id]
	if d == nil {
		return nil
	}
	b.endLease(d)
	d.state = settled
	delete(b.byID, id)
	if b.ordered && d.message.OrderingKey != "" {
		b.unblock(d)
	}
	return d.message
}

// unblock removes d from its ordering key and lets the next one go.
func (b *backlog) unblock(d *delivery) {
	key := d.message.OrderingKey
	queue := b.byKey[key]
	for i, queued := range queue {
		if queued == d {
			queue = append(queue[:i:i], queue[i+1:]...)
			break
		}
	}
	if len(queue) == 0 {
		delete(b.byKey, key)
		return
	}
	b.byKey[key] = queue
	if queue[0].state == blocked {
		b.makeReady(queue[0])
	}
}

// endLease takes d out of the timetable and out of its consumer's account.
func (b *backlog) endLease(d *delivery) {
	if d.place != notInTimetable {
		heap.Remove(&b.timetable, d.place)
	}
	if d.consumer != nil {
		d.consumer.remove(d.message.size)
		d.consumer = nil
		b.announce()
	}
}

// refuse ends an attempt without success: after delay the message is ready again. It
// reports false if the attempt was not the current one.
func (b *backlog) refuse(l lease, delay time.Duration) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	d := b.current(l)
	if d == nil {
		return false
	}
	b.endLease(d)
	b.retryAfter(d, delay)
	return true
}

func (b *backlog) retryAfter(d *delivery, delay time.Duration) {
	if delay <= 0 {
		b.makeReady(d)
		return
	}
	d.state = backingOff
	b.schedule(d, time.Now().Add(delay))
}

// withhold marks an attempt's message as on its way to the dead letter topic.
func (b *backlog) withhold(l lease) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	d := b.current(l)
	if d == nil {
		return false
	}
	b.endLease(d)
	d.state = forwarding
	return true
}

// release makes a withheld message wait for another attempt after delay.
func (b *backlog) release(id string, delay time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if d := b.byID[id]; d != nil && d.state == forwarding {
		b.retryAfter(d, delay)
	}
}

// hurry ends the back-off of a message. It reports whether the message is here.
func (b *backlog) hurry(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	d := b.byID[id]
	if d == nil {
		return false
	}
	if d.state == backingOff {
		heap.Remove(&b.timetable, d.place)
		b.makeReady(d)
	}
	return true
}

// extend moves the end of a lease.
func (b *backlog) extend(l lease, leaseTime time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if d := b.current(l); d != nil && d.place != notInTimetable {
		heap.Remove(&b.timetable, d.place)
		b.schedule(d, time.Now().Add(leaseTime))
	}
}

// current returns the delivery of a lease that still holds, else nil.
func (b *backlog) current(l lease) *delivery {
	d := b.byID[l.message.MessageId]
	if d == nil || d.state != leased || d.attempt != l.attempt {
		return nil
	}
	return d
}
