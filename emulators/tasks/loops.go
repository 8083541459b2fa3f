package tasks

import (
	"context"
	"time"

	pb "cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
)

// run starts the loops of a queue: what comes due, what may be retried, what is dispatched.
func (s *Server) run(q *queue) {
	q.ctx, q.stop = context.WithCancel(s.ctx)
	s.workers.Go(func() { q.keepSchedule(q.ctx, s.options.Clock) })
	s.workers.Go(func() { q.keepRetries(q.ctx) })
	s.workers.Go(func() { s.dispatch(q.ctx, q) })
}

// keepSchedule makes tasks ready when business time reaches them.
func (q *queue) keepSchedule(ctx context.Context, clock Clock) {
	for ctx.Err() == nil {
		next, some := q.releaseScheduled(clock.Now())
		if !some {
			await(ctx, q.scheduleMoved, nil)
			continue
		}
		waiting, cancel := context.WithCancel(ctx)
		watched := make(chan struct{})
		go func() {
			defer close(watched)
			await(waiting, q.scheduleMoved, nil)
			cancel()
		}()
		_ = clock.Wait(waiting, next) // an error means that another task comes first now
		cancel()
		<-watched // or it could swallow the next signal
	}
}

func (q *queue) releaseScheduled(now time.Time) (next time.Time, some bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for t := q.scheduled.popDue(now); t != nil; t = q.scheduled.popDue(now) {
		q.dueCount++
		q.makeReady(t)
	}
	return q.scheduled.next()
}

// keepRetries makes tasks ready when their back-off is over.
func (q *queue) keepRetries(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		if next, some := q.releaseRetries(time.Now()); some {
			timer.Reset(time.Until(next))
		} else {
			timer.Stop()
		}
		await(ctx, q.retriesMoved, timer.C)
	}
}

func (q *queue) releaseRetries(now time.Time) (next time.Time, some bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for t := q.retries.popDue(now); t != nil; t = q.retries.popDue(now) {
		q.makeReady(t)
	}
	return q.retries.next()
}

// dispatch starts attempts in order, within the limits of the queue.
func (s *Server) dispatch(ctx context.Context, q *queue) {
	for {
		for !q.canStart() {
			if !await(ctx, q.mayDispatch, nil) {
				return
			}
		}
		if q.limiter.Wait(ctx) != nil {
			return
		}
		if spec := q.startNext(); spec != nil {
			s.workers.Go(func() { s.attempt(ctx, q, spec) })
		}
	}
}

func (q *queue) canStart() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.mayStart()
}

// mayStart drops what is not ready any more from the head of the line.
func (q *queue) mayStart() bool {
	for len(q.ready) > 0 && q.ready[0].state != ready {
		q.ready[0] = nil
		q.ready = q.ready[1:]
	}
	return len(q.ready) > 0 && q.config.State == pb.Queue_RUNNING &&
		q.running < int(q.config.RateLimits.MaxConcurrentDispatches)
}

func (q *queue) startNext() *pb.Task {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.mayStart() {
		return nil
	}
	t := q.ready[0]
	q.ready[0] = nil
	q.ready = q.ready[1:]
	return q.start(t)
}

// await waits for a signal or the timer; it returns false when ctx is done.
func await(ctx context.Context, moved signal, timer <-chan time.Time) bool {
	select {
	case <-moved:
		return true
	case <-timer:
		return true
	case <-ctx.Done():
		return false
	}
}

// signal wakes one loop. Signals that nobody has seen yet are one.
type signal chan struct{}

func newSignal() signal { return make(signal, 1) }

func (s signal) raise() {
	select {
	case s <- struct{}{}:
	default:
	}
}
