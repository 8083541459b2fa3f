package scheduler

import (
	"context"
	"sync"
	"time"

	pb "cloud.google.com/go/scheduler/apiv1/schedulerpb"
	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// job is one job at work.
type job struct {
	name  string
	ctx   context.Context // of all its work
	stop  context.CancelFunc
	moved chan struct{} // one token when the next instant changed from outside

	mu       sync.Mutex
	config   *pb.Job // replaced as a whole
	schedule schedule
	next     time.Time // when it fires next; zero while paused
	running  int
}

// change puts an edited config into force once save has stored it. The edit also says what
// the schedule is and when it fires next, unless it is paused.
func (j *job) change(edit func(*pb.Job) (schedule, time.Time, error), save func(*pb.Job) error) (*pb.Job, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	config := proto.CloneOf(j.config)
	when, next, err := edit(config)
	if err != nil {
		return nil, err
	}
	if config.State != pb.Job_ENABLED {
		next = time.Time{}
	}
	config = withNext(config, next)
	if err := save(config); err != nil {
		return nil, err
	}
	j.config, j.schedule, j.next = config, when, next
	select {
	case j.moved <- struct{}{}:
	default:
	}
	return config, nil
}

func withNext(config *pb.Job, next time.Time) *pb.Job {
	config = proto.CloneOf(config)
	config.ScheduleTime = nil
	if !next.IsZero() {
		config.ScheduleTime = timestamppb.New(next)
	}
	return config
}

func (j *job) current() (*pb.Job, time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.config, j.next
}

// begin takes the latest instant that is due and moves on to the one after now. It
// returns false if none is due.
func (j *job) begin(now time.Time) (config *pb.Job, instant time.Time, due bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.next.IsZero() || j.next.After(now) {
		return nil, instant, false
	}
	instant = j.schedule.latest(j.next, now)
	j.next = j.schedule.after(now)
	j.running++
	return j.config, instant, true
}

// force begins an execution apart from the schedule.
func (j *job) force() *pb.Job {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.running++
	return j.config
}

// finish ends an execution and saves its outcome, unless the job was deleted meanwhile.
func (j *job) finish(attempted time.Time, failure error, save func(*pb.Job) error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.running--
	if j.ctx.Err() != nil {
		return nil
	}
	j.config = withNext(j.config, j.next)
	j.config.LastAttemptTime = timestamppb.New(attempted)
	j.config.Status = &rpcstatus.Status{}
	if failure != nil {
		j.config.Status = &rpcstatus.Status{Code: int32(codes.Unknown), Message: failure.Error()}
	}
	return save(j.config)
}

// remove stops the job and lets drop delete its record; nothing is saved after that.
func (j *job) remove(drop func() error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.stop()
	return drop()
}

// overtaken tells whether the next execution is due, which ends the retries of this one.
func (j *job) overtaken(now time.Time) bool {
	_, next := j.current()
	return !next.IsZero() && !next.After(now)
}

// inFlight counts executions under way, and one that is due.
func (j *job) inFlight(now time.Time) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.next.IsZero() && !j.next.After(now) {
		return j.running + 1
	}
	return j.running
}
