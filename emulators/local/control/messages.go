package control

import (
	"context"
	"encoding/json"
	"net/http"
	"path"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/pubsub"
	"github.com/kwipper/kwipper/shared/fault"
)

// deliveryView is one attempt at pushing a message.
type deliveryView struct {
	Time         time.Time         `json:"time"`
	Millis       float64           `json:"millis"`
	MessageID    string            `json:"messageId"`
	Topic        string            `json:"topic"`
	Function     string            `json:"function"`
	Attempt      int               `json:"attempt"`
	Status       int               `json:"status"` // 0: no answer
	Error        string            `json:"error,omitempty"`
	Acknowledged bool              `json:"acknowledged"`
	Attributes   map[string]string `json:"attributes,omitempty"`
	Data         any               `json:"data,omitempty"`
}

type pendingView struct {
	MessageID   string            `json:"messageId"`
	Topic       string            `json:"topic"`
	Function    string            `json:"function"`
	Attempts    int               `json:"attempts"`
	NextAttempt time.Time         `json:"nextAttempt,omitzero"`
	Attributes  map[string]string `json:"attributes,omitempty"`
	Data        any               `json:"data,omitempty"`
}

type deadLetterView struct {
	Time       time.Time         `json:"time"`
	MessageID  string            `json:"messageId"`
	Topic      string            `json:"topic"`
	Function   string            `json:"function"`
	Attempts   int               `json:"attempts"`
	Attributes map[string]string `json:"attributes,omitempty"`
	Data       any               `json:"data,omitempty"`
}

func newDelivery(d pubsub.Delivery, whole bool) deliveryView {
	view := deliveryView{
		Time: d.Time.UTC(), Millis: float64(d.Duration.Microseconds()) / 1000, MessageID: d.MessageID, Topic: path.Base(d.Topic),
		Function: functionOf(d.Subscription), Attempt: d.Attempt, Status: d.Status, Error: d.Error, Acknowledged: d.Acknowledged,
	}
	if whole {
		view.Attributes, view.Data = d.Attributes, readable(d.Data)
	}
	return view
}

// readable is JSON as it is and everything else in base64.
func readable(data []byte) any {
	if json.Valid(data) {
		return json.RawMessage(data)
	}
	return data
}

// messages lists the latest deliveries and dead letters, newest first, and what is pending.
func (c *server) messages(_ context.Context, r *http.Request) (any, error) {
	n, err := limit(r, 100, 1000)
	if err != nil {
		return nil, err
	}
	deliveries, pending, dead := []deliveryView{}, []pendingView{}, []deadLetterView{}
	for _, d := range c.PubSub.Deliveries() {
		if len(deliveries) < n {
			deliveries = append(deliveries, newDelivery(d, true))
		}
	}
	for _, p := range c.PubSub.Pending(n) {
		pending = append(pending, pendingView{
			MessageID: p.MessageID, Topic: path.Base(p.Topic), Function: functionOf(p.Subscription), Attempts: p.Attempts,
			NextAttempt: p.NextAttempt, Attributes: p.Attributes, Data: readable(p.Data),
		})
	}
	for _, d := range c.PubSub.DeadLetters() {
		if len(dead) < n {
			dead = append(dead, deadLetterView{
				Time: d.Time.UTC(), MessageID: d.MessageID, Topic: path.Base(d.Topic), Function: functionOf(d.Subscription),
				Attempts: d.Attempts, Attributes: d.Attributes, Data: readable(d.Data),
			})
		}
	}
	return map[string]any{"deliveries": deliveries, "pending": pending, "deadLetters": dead}, nil
}

// redeliver delivers a message that is pending or remembered once more.
func (c *server) redeliver(_ context.Context, r *http.Request) (any, error) {
	id, err := verb(r, "redeliver")
	if err != nil {
		return nil, err
	}
	err = c.PubSub.Redeliver(id)
	if status.Code(err) == codes.NotFound {
		err = fault.New(fault.NotFound, "MESSAGE_NOT_FOUND", "message %q is neither pending nor remembered", id)
	}
	return nil, err
}
