package pubsub

import (
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Deliveries returns the latest attempts at pushing, newest first.
func (s *Server) Deliveries() []Delivery {
	h := s.broker.history
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.deliveries.NewestFirst()
}

// DeadLetters returns the latest messages forwarded to dead letter topics, newest first.
func (s *Server) DeadLetters() []DeadLetter {
	h := s.broker.history
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.deadLetters.NewestFirst()
}

// Redeliver delivers a message again: at once where it waits in back-off, and anew to the
// subscriptions that had acknowledged it or given it up, if it is still remembered.
func (s *Server) Redeliver(messageID string) error {
	b := s.broker
	b.mu.RLock()
	defer b.mu.RUnlock()
	found := false
	for _, sub := range b.subscriptions {
		found = sub.backlog.hurry(messageID) || found
	}
	m, names := b.history.recall(messageID)
	for _, name := range names {
		sub, exists := b.subscriptions[name]
		if !exists {
			continue
		}
		found = true
		if err := b.revive(sub, m); err != nil {
			return err
		}
	}
	if !found {
		return status.Errorf(codes.NotFound, "message %s is neither pending nor remembered", messageID)
	}
	return nil
}

// revive puts a message into a backlog again, with its attempts counted from the start.
func (b *broker) revive(sub *subscription, m *message) error {
	record, err := putMessage(m)
	if err != nil {
		return err
	}
	b.records.Lock()
	defer b.records.Unlock()
	if err := b.store.Write(record, putPending(sub.name, m.MessageId, 0)); err != nil {
		return err
	}
	sub.backlog.add(m, 0)
	return nil
}
