package pubsub

import (
	"context"
	"net/http"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/kwipper/kwipper/emulators/outbound"
)

// dispatchPushes pushes messages as they become ready, so many at a time as allowed.
func (b *broker) dispatchPushes(ctx context.Context, sub *subscription) {
	slots := make(chan struct{}, b.options.MaxOutstandingPushes)
	for {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		l, err := sub.backlog.wait(ctx)
		if err != nil {
			return
		}
		b.workers.Go(func() {
			defer func() { <-slots }()
			b.deliver(sub, l)
		})
	}
}

// deliver makes one attempt and settles it.
func (b *broker) deliver(sub *subscription, l lease) {
	if b.expired(sub, l.message) {
		b.acknowledge(sub, l.message.MessageId)
		return
	}
	started := time.Now()
	status, err := b.push(sub, l)
	if sub.ctx.Err() != nil {
		return // stopping; what is stored is pushed again, and this was no refusal
	}
	record := Delivery{
		Time:         started,
		Duration:     time.Since(started),
		Subscription: sub.name,
		Attempt:      l.attempt,
		Status:       status,
		Acknowledged: err == nil && acknowledges(status),
	}
	if err != nil {
		record.Error = err.Error()
	}
	b.history.addDelivery(l.message, record)
	if record.Acknowledged {
		b.acknowledge(sub, l.message.MessageId)
		return
	}
	b.logger.Debug("push refused", "subscription", sub.name, "messageID", l.message.MessageId,
		"attempt", l.attempt, "status", status, "error", err)
	b.refuse(sub, l)
}

// acknowledges tells whether Pub/Sub takes a status for an acknowledgement.
func acknowledges(status int) bool {
	switch status {
	case http.StatusProcessing, http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent:
		return true
	}
	return false
}

// push sends one attempt, with what the interceptor wants to go wrong, and returns the
// status of the answer.
func (b *broker) push(sub *subscription, l lease) (int, error) {
	config := sub.config.Load()
	return b.sender.Send(sub.ctx, sub.ackDeadline(), identity(config.GetPushConfig()), b.faultFor(sub, config, l),
		func(ctx context.Context) (*http.Request, error) { return newPushRequest(ctx, config, l) })
}

func identity(config *pb.PushConfig) outbound.Identity {
	token := config.GetOidcToken()
	if token == nil {
		return outbound.Identity{}
	}
	audience := token.Audience
	if audience == "" {
		audience = config.PushEndpoint
	}
	return outbound.Identity{ServiceAccountEmail: token.ServiceAccountEmail, Audience: audience}
}

func (b *broker) faultFor(sub *subscription, config *pb.Subscription, l lease) PushFault {
	interceptor := b.interceptor.Load()
	if interceptor == nil || *interceptor == nil {
		return PushFault{}
	}
	return (*interceptor)(sub.ctx, PushAttempt{
		Subscription: sub.name,
		Topic:        l.message.topic,
		Endpoint:     config.GetPushConfig().GetPushEndpoint(),
		MessageID:    l.message.MessageId,
		OrderingKey:  l.message.OrderingKey,
		Attributes:   l.message.Attributes,
		Data:         l.message.Data,
		Attempt:      l.attempt,
	})
}
