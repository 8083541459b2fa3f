package stripe

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Effect is what a fault does.
type Effect string

// The effects on requests.
const (
	EffectErrorBefore   Effect = "ERROR_BEFORE"   // 500, nothing done
	EffectErrorAfter    Effect = "ERROR_AFTER"    // 500, and yet done
	EffectTimeoutBefore Effect = "TIMEOUT_BEFORE" // never answers, nothing done
	EffectTimeoutAfter  Effect = "TIMEOUT_AFTER"  // never answers, and yet done
	EffectDropAfter     Effect = "DROP_AFTER"     // done, then the connection is cut
	EffectSlow          Effect = "SLOW"           // waits DelayMillis first
	EffectRateLimit     Effect = "RATE_LIMIT"     // 429
	EffectDecline       Effect = "DECLINE"        // the bank refuses with DeclineCode
	// EffectProcessing makes a payment settle DelayMillis later, as bank transfers do: it
	// succeeds, or fails with DeclineCode if there is one.
	EffectProcessing Effect = "PROCESSING"
)

// The effects on webhooks.
const (
	EffectDuplicate Effect = "DUPLICATE" // sent twice
	EffectDelay     Effect = "DELAY"     // sent DelayMillis later
)

// Fault is a failure on demand.
type Fault struct {
	ID string `json:"id"`
	// Operation is a resource and method as in payment_intents.confirm, or webhook.<event
	// type>; it may end in * for all that begin so.
	Operation string `json:"operation"`
	// Match names parameters, as in metadata[payment_id], or id for the one in the path,
	// and the values they must have.
	Match       map[string]string `json:"match,omitempty"`
	Effect      Effect            `json:"effect"`
	DelayMillis int64             `json:"delayMillis,omitempty"`
	DeclineCode string            `json:"declineCode,omitempty"`
	Count       int               `json:"count,omitempty"`       // how often; 0 is for ever
	Probability float64           `json:"probability,omitempty"` // of each; 0 is always
	Hits        int               `json:"hits"`                  // so far
}

// Delay returns DelayMillis as a duration.
func (f Fault) Delay() time.Duration { return time.Duration(f.DelayMillis) * time.Millisecond }

// requestEffects and webhookEffects are the effects there are.
var (
	requestEffects = []Effect{
		EffectErrorBefore, EffectErrorAfter, EffectTimeoutBefore, EffectTimeoutAfter,
		EffectDropAfter, EffectSlow, EffectRateLimit, EffectDecline, EffectProcessing,
	}
	webhookEffects = []Effect{EffectDuplicate, EffectDelay}
)

func (f Fault) validate() error {
	effects := requestEffects
	if strings.HasPrefix(f.Operation, "webhook") {
		effects = webhookEffects
	}
	switch {
	case f.Operation == "":
		return fmt.Errorf("operation: is required, as in payment_intents.confirm, webhook.* or *")
	case !slices.Contains(effects, f.Effect):
		return fmt.Errorf("effect: %q is none of %v", f.Effect, effects)
	case f.Count < 0:
		return fmt.Errorf("count: %d is negative", f.Count)
	case f.Probability < 0 || f.Probability > 1:
		return fmt.Errorf("probability: %v is not between 0 and 1", f.Probability)
	case f.DelayMillis < 0:
		return fmt.Errorf("delayMillis: %d is negative", f.DelayMillis)
	case f.DelayMillis == 0 && (f.Effect == EffectSlow || f.Effect == EffectDelay || f.Effect == EffectProcessing):
		return fmt.Errorf("delayMillis: is required for %s", f.Effect)
	}
	return nil
}

// faults are the failures asked for.
type faults struct {
	mu     sync.Mutex
	random *rand.Rand
	list   []*Fault
	lastID int
}

func newFaults(seed uint64) *faults {
	return &faults{random: rand.New(rand.NewPCG(seed, seed))}
}

// match answers the first fault that applies and counts it.
func (fs *faults) match(operation string, p params, pathID string) (Fault, bool) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, f := range fs.list {
		if f.Count > 0 && f.Hits >= f.Count || !f.fits(operation, p, pathID) {
			continue
		}
		if f.Probability > 0 && fs.random.Float64() >= f.Probability {
			continue
		}
		f.Hits++
		return *f, true
	}
	return Fault{}, false
}

func (f *Fault) fits(operation string, p params, pathID string) bool {
	if prefix, open := strings.CutSuffix(f.Operation, "*"); open {
		if !strings.HasPrefix(operation, prefix) || prefix == "" && strings.HasPrefix(operation, "webhook.") {
			return false
		}
	} else if f.Operation != operation {
		return false
	}
	for key, want := range f.Match {
		if key == "id" && pathID != "" {
			if pathID != want {
				return false
			}
			continue
		}
		steps, ok := splitKey(key)
		if !ok || p.root == nil || p.text(steps...) != want {
			return false
		}
	}
	return true
}

// AddFault adds a fault and returns its id.
func (s *Server) AddFault(f Fault) (string, error) {
	if err := f.validate(); err != nil {
		return "", fmt.Errorf("fault: %w", err)
	}
	fs := s.faults
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.lastID++
	f.ID, f.Hits, f.Match = fmt.Sprintf("fault-%d", fs.lastID), 0, maps.Clone(f.Match)
	fs.list = append(fs.list, &f)
	return f.ID, nil
}

// Faults returns the faults with their hits.
func (s *Server) Faults() []Fault {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	found := make([]Fault, 0, len(s.faults.list))
	for _, f := range s.faults.list {
		found = append(found, *f)
	}
	return found
}

// RemoveFault removes one fault and reports whether it was there.
func (s *Server) RemoveFault(id string) bool {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	before := len(s.faults.list)
	s.faults.list = slices.DeleteFunc(s.faults.list, func(f *Fault) bool { return f.ID == id })
	return len(s.faults.list) < before
}

// ClearFaults removes all faults.
func (s *Server) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = nil
}

// refusalFor answers how a bank refuses with a code; without one it is the generic way.
func refusalFor(code string) *refusal {
	switch code {
	case "":
		return refuseGeneric
	case "expired_card", "incorrect_cvc", "processing_error":
		return &refusal{code, "", "Your card was declined."}
	case "authentication_required":
		return refuseAuthRequired
	default:
		return &refusal{"card_declined", code, "Your card was declined."}
	}
}

func rateLimited() *apiError {
	return &apiError{
		Type: "invalid_request_error", Code: "rate_limit", status: http.StatusTooManyRequests,
		Message: "Request rate limit exceeded. You can learn more about rate limits here https://stripe.com/docs/rate-limits.",
	}
}
