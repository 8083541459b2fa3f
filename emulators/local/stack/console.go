package stack

import (
	"context"
	"net/http"

	"github.com/kwipper/kwipper/emulators/local/faults"
)

// startConsole serves the control API and the console, which answer from the very start.
func (s *Stack) startConsole(context.Context) error {
	if s.Options.Console == nil {
		return nil
	}
	return s.serve(s.Options.Ports.Console, s.Options.Console(s))
}

// Serving reports whether all is started. Before, the fields of the stack must not be read.
func (s *Stack) Serving() bool { return s.ready.Load() }

// Functions returns the names of all functions.
func Functions() []string {
	names := make([]string, 0, len(functions))
	for name := range functions {
		names = append(names, name)
	}
	return names
}

// startFaults hands the rules to those who ask them before each attempt.
func (s *Stack) startFaults(context.Context) error {
	s.Faults.UsePublisher(func(ctx context.Context, topic string, data []byte, attributes map[string]string) error {
		_, err := s.PubSub.Publish(ctx, topicName(topic), data, attributes)
		return err
	})
	s.PubSub.SetBeforePush(s.Faults.BeforePush)
	s.Tasks.SetBeforeDispatch(s.Faults.BeforeDispatch)
	s.Scheduler.SetBeforeRun(s.Faults.BeforeRun)
	return nil
}

// operation is a function of the API as the gateway calls it. What the webhook brings is in
// flight already, so it is refused rather than kept waiting.
func (s *Stack) operation(id string, handle http.Handler) http.Handler {
	handle = s.calls.counted(s.Faults.Handler(id, handle))
	changing := s.gate.patient(handle)
	if id == "PaymentWebhook" {
		changing = s.gate.impatient(handle)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet || r.Method == http.MethodOptions {
			handle.ServeHTTP(w, r)
			return
		}
		changing.ServeHTTP(w, r)
	})
}

// eventFunction is a function as Pub/Sub, Cloud Tasks and Scheduler call it.
func (s *Stack) eventFunction(name string, handle http.Handler) http.Handler {
	return s.gate.impatient(s.Faults.Handler(name, handle))
}

func newFaults() *faults.Set { return faults.NewSet(Functions(), faults.Kill) }
