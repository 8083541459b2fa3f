package faults

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
)

// Publish publishes a message to a topic.
type Publish func(ctx context.Context, topic string, data []byte, attributes map[string]string) error

// UsePublisher gives the set what it publishes the replies of refused commands with.
func (s *Set) UsePublisher(publish Publish) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.publish = publish
}

// refuseCommand answers a saga's command in the function's stead, as one that its
// participant refuses for good. What was refused once stays refused, however often the
// command comes: that is what a participant's barrier sees to. It reports whether it did.
func (s *Set) refuseCommand(w http.ResponseWriter, r *http.Request, reason string, body []byte) bool {
	var push push
	if json.Unmarshal(body, &push) != nil {
		return false
	}
	command, err := message.DecodeCommand(push.Message.Data)
	if err != nil {
		return false
	}
	reason, publish := s.refusal(command, reason)
	if reason == "" || publish == nil {
		return false
	}
	reply := command.Refuse(fault.FailedPrecondition.String(), reason, "a fault that was asked for", nil)
	data, err := json.Marshal(reply)
	if err == nil {
		err = publish(r.Context(), message.RepliesTopic, data, reply.Attributes())
	}
	if err != nil {
		slog.Error("a refusal that was asked for could not be published", "saga", command.Saga, "step", command.Step, "error", err)
		refuse(w, http.StatusServiceUnavailable)
		return true
	}
	w.WriteHeader(http.StatusNoContent)
	return true
}

// refusal returns the reason for which a command is refused, now or before, if any.
func (s *Set) refusal(c message.Command, reason string) (string, Publish) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := c.Saga + "/" + c.Step + "/" + c.Name
	if before, ok := s.refused[key]; ok {
		return before, s.publish
	}
	if reason != "" {
		if s.refused == nil {
			s.refused = map[string]string{}
		}
		s.refused[key] = reason
	}
	return reason, s.publish
}
