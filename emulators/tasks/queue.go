package tasks

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	pb "cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"golang.org/x/time/rate"
	"google.golang.org/protobuf/proto"
)

// task is one task and where it stands. Its queue's lock guards all but spec.Name.
type task struct {
	spec   *pb.Task // replaced as a whole, so that it can be read outside the lock
	named  bool     // the caller chose the name
	state  taskState
	wakeAt time.Time // business time while scheduled, machine time while backing off
	place  int       // index in its timetable
}

type taskState int

const (
	scheduled  taskState = iota // waits for business time
	ready                       // due, waits for its turn
	running                     // an attempt is under way
	backingOff                  // waits for machine time after a failure
	ended                       // done, given up or deleted
)

// queue holds the tasks of one queue in the order of their dispatch.
type queue struct {
	name    string
	ctx     context.Context // of all its work
	stop    context.CancelFunc
	limiter *rate.Limiter

	mu        sync.Mutex
	config    *pb.Queue // replaced as a whole
	tasks     map[string]*task
	scheduled timetable // by business time
	retries   timetable // by machine time
	ready     []*task   // may hold tasks in another state, skipped when met
	dueCount  int       // ready, running or backing off
	running   int

	scheduleMoved, retriesMoved, mayDispatch signal // one for each loop
}

func newQueue(config *pb.Queue) *queue {
	q := &queue{
		name:    config.Name,
		limiter: rate.NewLimiter(0, 0),
		tasks:   map[string]*task{},

		scheduleMoved: newSignal(),
		retriesMoved:  newSignal(),
		mayDispatch:   newSignal(),
	}
	q.configure(config)
	return q
}

// configure replaces the config; paused queues wake when it says so.
func (q *queue) configure(config *pb.Queue) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.config = config
	q.limiter.SetLimit(rate.Limit(config.RateLimits.MaxDispatchesPerSecond))
	q.limiter.SetBurst(int(config.RateLimits.MaxBurstSize))
	q.mayDispatch.raise()
}

func (q *queue) currentConfig() *pb.Queue {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.config
}

// add takes in a task that waits for its schedule time, or is due at once if it had been
// attempted before.
func (q *queue) add(added *task) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.tasks[added.spec.Name] = added
	if added.spec.DispatchCount > 0 {
		q.dueCount++
		q.makeReady(added)
		return
	}
	added.state = scheduled
	if q.scheduled.insert(added, added.spec.ScheduleTime.AsTime()) {
		q.scheduleMoved.raise()
	}
}

func (q *queue) makeReady(t *task) {
	t.state = ready
	q.ready = append(q.ready, t)
	q.mayDispatch.raise()
}

// find returns a copy of a task, or nil.
func (q *queue) find(name string) *pb.Task {
	q.mu.Lock()
	defer q.mu.Unlock()
	if t := q.tasks[name]; t != nil {
		return t.spec
	}
	return nil
}

// names lists the tasks in order.
func (q *queue) names() []string {
	q.mu.Lock()
	defer q.mu.Unlock()
	return slices.Sorted(maps.Keys(q.tasks))
}

// end removes a task for good. It returns nil if the task is not there (any more).
func (q *queue) end(name string) *task {
	q.mu.Lock()
	defer q.mu.Unlock()
	t := q.tasks[name]
	if t == nil {
		return nil
	}
	q.leaveState(t)
	t.state = ended
	delete(q.tasks, name)
	return t
}

// leaveState takes a task out of what its state has put it into.
func (q *queue) leaveState(t *task) {
	switch t.state {
	case scheduled:
		q.scheduled.remove(t)
		return
	case backingOff:
		q.retries.remove(t)
	case running:
		q.running--
		q.mayDispatch.raise()
	}
	q.dueCount--
}

// force starts an attempt at once, whatever the schedule, the pause and the limits say.
// It returns false if one is under way, and a nil spec if there is no such task.
func (q *queue) force(name string) (spec *pb.Task, started bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	t := q.tasks[name]
	if t == nil {
		return nil, false
	}
	if t.state == running {
		return t.spec, false
	}
	q.leaveState(t)
	q.dueCount++
	return q.start(t), true
}

func (q *queue) start(t *task) *pb.Task {
	t.state = running
	q.running++
	t.spec = proto.CloneOf(t.spec)
	t.spec.DispatchCount++
	return t.spec
}

// retry ends an attempt that failed and will be repeated. It returns false if the task was
// deleted meanwhile.
func (q *queue) retry(attempted *pb.Task, delay time.Duration) (*task, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	t := q.tasks[attempted.Name]
	if t == nil || t.state != running {
		return nil, false
	}
	q.running--
	t.spec = attempted
	t.state = backingOff
	if q.retries.insert(t, time.Now().Add(delay)) {
		q.retriesMoved.raise()
	}
	q.mayDispatch.raise()
	return t, true
}

// inFlight counts what is due and has not ended. A paused queue only counts what runs.
func (q *queue) inFlight(now time.Time) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.config.State == pb.Queue_PAUSED {
		return q.running
	}
	return q.dueCount + q.scheduled.countDue(now, 0)
}

// nextDue is the earliest schedule time after now.
func (q *queue) nextDue(now time.Time) (next time.Time, found bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.config.State == pb.Queue_PAUSED {
		return next, false
	}
	for _, t := range q.scheduled.earliestAfter(now) {
		if !found || t.Before(next) {
			next, found = t, true
		}
	}
	return next, found
}
