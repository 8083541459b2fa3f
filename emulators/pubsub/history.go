package pubsub

import (
	"sync"
	"time"

	"github.com/kwipper/kwipper/emulators/outbound"
)

// Bounds of what is remembered for inspection.
const (
	maxDeliveriesKept  = 1000
	maxDeadLettersKept = 1000
)

// Delivery is one attempt at pushing a message.
type Delivery struct {
	Time         time.Time
	Duration     time.Duration
	Subscription string
	Topic        string
	MessageID    string
	Attributes   map[string]string
	Data         []byte
	Attempt      int
	Status       int    // HTTP status, 0 without an answer
	Error        string // why there was no answer
	Acknowledged bool
}

// DeadLetter is a message that was forwarded to a dead letter topic.
type DeadLetter struct {
	Time         time.Time
	Subscription string // where the attempts failed
	Topic        string // the dead letter topic
	MessageID    string // of the original message
	ForwardedID  string // of the copy in the dead letter topic
	Attributes   map[string]string
	Data         []byte
	Attempts     int
}

// history remembers the latest deliveries and dead letters, in memory only.
type history struct {
	mu          sync.Mutex
	deliveries  outbound.Recent[Delivery]
	deadLetters outbound.Recent[DeadLetter]
	messages    map[string]*rememberedMessage
}

// rememberedMessage is kept as long as an entry names it, so that it can be redelivered.
type rememberedMessage struct {
	message *message
	entries int
}

func newHistory() *history {
	h := &history{}
	h.clear()
	return h
}

func (h *history) clear() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.deliveries = outbound.Recent[Delivery]{Limit: maxDeliveriesKept}
	h.deadLetters = outbound.Recent[DeadLetter]{Limit: maxDeadLettersKept}
	h.messages = map[string]*rememberedMessage{}
}

func (h *history) addDelivery(m *message, entry Delivery) {
	entry.Topic, entry.MessageID = m.topic, m.MessageId
	entry.Attributes, entry.Data = m.Attributes, m.Data
	h.mu.Lock()
	defer h.mu.Unlock()
	h.remember(m)
	if old, dropped := h.deliveries.Add(entry); dropped {
		h.forget(old.MessageID)
	}
}

func (h *history) addDeadLetter(m *message, entry DeadLetter) {
	entry.MessageID, entry.Attributes, entry.Data = m.MessageId, m.Attributes, m.Data
	h.mu.Lock()
	defer h.mu.Unlock()
	h.remember(m)
	if old, dropped := h.deadLetters.Add(entry); dropped {
		h.forget(old.MessageID)
	}
}

func (h *history) remember(m *message) {
	known := h.messages[m.MessageId]
	if known == nil {
		known = &rememberedMessage{message: m}
		h.messages[m.MessageId] = known
	}
	known.entries++
}

func (h *history) forget(id string) {
	known := h.messages[id]
	known.entries--
	if known.entries == 0 {
		delete(h.messages, id)
	}
}

// recall returns a remembered message and the subscriptions that it was delivered to.
func (h *history) recall(id string) (*message, []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	known := h.messages[id]
	if known == nil {
		return nil, nil
	}
	names := map[string]bool{}
	for _, entry := range h.deliveries.NewestFirst() {
		if entry.MessageID == id {
			names[entry.Subscription] = true
		}
	}
	for _, entry := range h.deadLetters.NewestFirst() {
		if entry.MessageID == id {
			names[entry.Subscription] = true
		}
	}
	var subscriptions []string
	for name := range names {
		subscriptions = append(subscriptions, name)
	}
	return known.message, subscriptions
}
