package tasks

import (
	"sync"
	"time"

	"github.com/kwipper/kwipper/emulators/outbound"
)

const maxAttemptsKept = 1000

// Attempt is one attempt at a task, for inspection.
type Attempt struct {
	Time      time.Time
	Duration  time.Duration
	Queue     string // full resource name
	Task      string // full resource name
	URL       string
	Number    int    // from 1
	Status    int    // HTTP status, 0 without an answer
	Error     string // why there was no answer
	Succeeded bool
}

// history remembers the latest attempts, in memory only.
type history struct {
	mu       sync.Mutex
	attempts outbound.Recent[Attempt]
}

func (h *history) clear() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.attempts = outbound.Recent[Attempt]{Limit: maxAttemptsKept}
}

func (h *history) add(made Attempt) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.attempts.Add(made)
}

func (h *history) newestFirst() []Attempt {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.attempts.NewestFirst()
}
