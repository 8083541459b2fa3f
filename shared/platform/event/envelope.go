package event

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/kwipper/kwipper/shared/fault"
)

// Message is a Pub/Sub message as it is pushed, with what the framework's conversion drops.
type Message struct {
	ID              string
	Data            []byte
	Attributes      map[string]string
	OrderingKey     string
	PublishTime     time.Time
	Subscription    string // projects/P/subscriptions/S
	DeliveryAttempt int    // 0 when the subscription counts none
}

// envelope is the body of a push request.
type envelope struct {
	Message *struct {
		Data        []byte            `json:"data"`
		Attributes  map[string]string `json:"attributes"`
		MessageID   string            `json:"messageId"`
		PublishTime time.Time         `json:"publishTime"`
		OrderingKey string            `json:"orderingKey"`
	} `json:"message"`
	Subscription    string `json:"subscription"`
	DeliveryAttempt int    `json:"deliveryAttempt"`
}

// decodePush reads a push request's body. What is no envelope is final: it cannot have
// come from Pub/Sub.
func decodePush(body []byte) (Message, error) {
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		return Message{}, fault.New(fault.InvalidArgument, ReasonMalformed, "the body is no push envelope: %w", err)
	}
	if e.Message == nil || e.Subscription == "" {
		return Message{}, fault.New(fault.InvalidArgument, ReasonMalformed, "the push envelope has no message or no subscription")
	}
	return Message{
		ID: e.Message.MessageID, Data: e.Message.Data, Attributes: e.Message.Attributes,
		OrderingKey: e.Message.OrderingKey, PublishTime: e.Message.PublishTime,
		Subscription: e.Subscription, DeliveryAttempt: e.DeliveryAttempt,
	}, nil
}

// DeadLetterTopic returns the topic for dead letters of the subscription's topic.
func (m Message) DeadLetterTopic() string {
	id := m.Subscription[strings.LastIndexByte(m.Subscription, '/')+1:]
	topic, _, _ := strings.Cut(id, ".")
	return topic + "-dead"
}
