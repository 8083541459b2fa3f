package pubsub

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
)

// envelope is the JSON body of a push. Pub/Sub sends id and time under both spellings.
type envelope struct {
	Message         envelopeMessage `json:"message"`
	Subscription    string          `json:"subscription"`
	DeliveryAttempt int             `json:"deliveryAttempt,omitempty"`
}

type envelopeMessage struct {
	Attributes       map[string]string `json:"attributes,omitempty"`
	Data             []byte            `json:"data,omitempty"`
	MessageID        string            `json:"messageId"`
	MessageIDSnake   string            `json:"message_id"`
	PublishTime      string            `json:"publishTime"`
	PublishTimeSnake string            `json:"publish_time"`
	OrderingKey      string            `json:"orderingKey,omitempty"`
}

const publishTimeLayout = "2006-01-02T15:04:05.999Z07:00"

func newEnvelope(config *pb.Subscription, l lease) envelope {
	publishTime := l.message.PublishTime.AsTime().Format(publishTimeLayout)
	body := envelope{
		Subscription: config.Name,
		Message: envelopeMessage{
			Attributes:       l.message.Attributes,
			Data:             l.message.Data,
			MessageID:        l.message.MessageId,
			MessageIDSnake:   l.message.MessageId,
			PublishTime:      publishTime,
			PublishTimeSnake: publishTime,
			OrderingKey:      l.message.OrderingKey,
		},
	}
	if config.DeadLetterPolicy != nil {
		body.DeliveryAttempt = l.attempt
	}
	return body
}

func newPushRequest(ctx context.Context, config *pb.Subscription, l lease) (*http.Request, error) {
	if unwrapped := config.GetPushConfig().GetNoWrapper(); unwrapped != nil {
		return newUnwrappedRequest(ctx, config, l, unwrapped.WriteMetadata)
	}
	body, err := json.Marshal(newEnvelope(config, l))
	if err != nil {
		return nil, fmt.Errorf("encode push: %w", err)
	}
	request, err := newPost(ctx, config, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	return request, nil
}

// newUnwrappedRequest sends the data as the body; on request the rest goes into headers.
func newUnwrappedRequest(ctx context.Context, config *pb.Subscription, l lease, metadata bool) (*http.Request, error) {
	request, err := newPost(ctx, config, l.message.Data)
	if err != nil || !metadata {
		return request, err
	}
	for key, value := range l.message.Attributes {
		request.Header.Set(key, value)
	}
	request.Header.Set("x-goog-pubsub-subscription-name", config.Name)
	request.Header.Set("x-goog-pubsub-message-id", l.message.MessageId)
	request.Header.Set("x-goog-pubsub-publish-time", l.message.PublishTime.AsTime().Format(time.RFC3339Nano))
	if l.message.OrderingKey != "" {
		request.Header.Set("x-goog-pubsub-ordering-key", l.message.OrderingKey)
	}
	return request, nil
}

func newPost(ctx context.Context, config *pb.Subscription, body []byte) (*http.Request, error) {
	endpoint := config.GetPushConfig().GetPushEndpoint()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("push to %s: %w", endpoint, err)
	}
	request.Header.Set("User-Agent", "CloudPubSub-Google")
	request.Header.Set("From", "noreply@google.com")
	return request, nil
}
