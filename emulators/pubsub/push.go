package pubsub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
)

// maxAnswerBytes is how much of an answer is read so that its connection can be reused.
const maxAnswerBytes = 64 << 10

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
	fault := b.faultFor(sub, config, l)
	if err := pause(sub.ctx, fault.Delay); err != nil {
		return 0, err
	}
	if fault.Status != 0 {
		return fault.Status, errors.New("fault: answered without delivery")
	}
	ctx, cancel := context.WithTimeout(sub.ctx, sub.ackDeadline())
	defer cancel()
	var duplicates sync.WaitGroup
	for range fault.Duplicates {
		duplicates.Go(func() { _, _ = b.send(ctx, config, l) })
	}
	status, err := b.send(ctx, config, l)
	duplicates.Wait()
	if fault.LoseResponse {
		return 0, fmt.Errorf("fault: answer %d lost", status)
	}
	return status, err
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

func (b *broker) send(ctx context.Context, config *pb.Subscription, l lease) (int, error) {
	request, err := newPushRequest(ctx, config, l)
	if err != nil {
		return 0, err
	}
	if err := b.authorize(ctx, config.GetPushConfig(), request); err != nil {
		return 0, err
	}
	response, err := b.options.HTTPClient.Do(request)
	if err != nil {
		return 0, fmt.Errorf("push: %w", err)
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxAnswerBytes))
	return response.StatusCode, nil
}

func (b *broker) authorize(ctx context.Context, config *pb.PushConfig, request *http.Request) error {
	wanted := config.GetOidcToken()
	if wanted == nil {
		return nil
	}
	if b.options.Tokens == nil {
		return errors.New("push: the subscription wants an OIDC token and the emulator has no source of tokens")
	}
	audience := wanted.Audience
	if audience == "" {
		audience = config.PushEndpoint
	}
	token, err := b.options.Tokens(ctx, wanted.ServiceAccountEmail, audience)
	if err != nil {
		return fmt.Errorf("push: token for %s: %w", wanted.ServiceAccountEmail, err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	return nil
}

// pause waits, at once over for a delay of nothing.
func pause(ctx context.Context, delay time.Duration) error {
	if delay <= 0 {
		return nil
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
