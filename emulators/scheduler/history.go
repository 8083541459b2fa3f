package scheduler

import (
	"sync"
	"time"

	"github.com/kwipper/kwipper/emulators/outbound"
)

const maxRunsKept = 1000

// Run is one attempt at a job, for inspection.
type Run struct {
	Time         time.Time // machine time of the attempt
	Duration     time.Duration
	Job          string    // full resource name
	ScheduleTime time.Time // business time that it fired for
	Attempt      int       // from 1
	Status       int       // HTTP status, 0 without an answer and for Pub/Sub targets
	Error        string    // empty when it succeeded
}

// history remembers the latest attempts, in memory only.
type history struct {
	mu   sync.Mutex
	runs outbound.Recent[Run]
}

func (h *history) clear() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.runs = outbound.Recent[Run]{Limit: maxRunsKept}
}

func (h *history) add(run Run) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.runs.Add(run)
}

func (h *history) newestFirst() []Run {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.runs.NewestFirst()
}
