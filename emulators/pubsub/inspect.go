package pubsub

import (
	"time"

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

// PendingMessage is a message that a subscription has not acknowledged.
type PendingMessage struct {
	Subscription string
	Topic        string
	MessageID    string
	OrderingKey  string
	Attributes   map[string]string
	Data         []byte
	Attempts     int
	NextAttempt  time.Time // end of its back-off, zero while there is none
}

// Pending returns what is not acknowledged, up to limit messages of each subscription, in
// no order.
func (s *Server) Pending(limit int) []PendingMessage {
	s.broker.mu.RLock()
	defer s.broker.mu.RUnlock()
	var all []PendingMessage
	for _, sub := range s.broker.subscriptions {
		all = append(all, sub.pending(limit)...)
	}
	return all
}

func (s *subscription) pending(limit int) []PendingMessage {
	s.backlog.mu.Lock()
	defer s.backlog.mu.Unlock()
	var all []PendingMessage
	for id, d := range s.backlog.byID {
		if len(all) == limit {
			break
		}
		entry := PendingMessage{
			Subscription: s.name,
			Topic:        d.message.topic,
			MessageID:    id,
			OrderingKey:  d.message.OrderingKey,
			Attributes:   d.message.Attributes,
			Data:         d.message.Data,
			Attempts:     d.attempt,
		}
		if d.state == backingOff {
			entry.NextAttempt = d.wakeAt
		}
		all = append(all, entry)
	}
	return all
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
