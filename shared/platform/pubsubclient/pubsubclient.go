// Package pubsubclient publishes messages and waits until the server has them. It does not
// batch over time, since sagas wait for each message: what belongs together goes out in one
// request, at once.
package pubsubclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	pubsub "cloud.google.com/go/pubsub/v2/apiv1"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/config"
	"github.com/kwipper/kwipper/shared/platform/telemetry"
)

// publishTimeout bounds one publishing with its retries; whoever triggered it tries again.
const publishTimeout = 30 * time.Second

// maxBatch is how many messages one request may carry.
const maxBatch = 1000

// Publisher publishes to the topics of Kwipper's project.
type Publisher struct {
	client  *pubsub.TopicAdminClient
	project string
}

// Message is what is published: data, and attributes that subscriptions filter by.
type Message struct {
	Data       []byte
	Attributes map[string]string
}

var (
	mu         sync.Mutex
	publishers = map[publisherKey]*Publisher{}
)

type publisherKey struct{ project, emulator string }

// Open returns the publisher, one in a process. A failed opening is not kept.
func Open(ctx context.Context) (*Publisher, error) {
	project, err := config.Project()
	if err != nil {
		return nil, err
	}
	key := publisherKey{project, os.Getenv("PUBSUB_EMULATOR_HOST")}
	mu.Lock()
	defer mu.Unlock()
	if p, ok := publishers[key]; ok {
		return p, nil
	}
	client, err := pubsub.NewTopicAdminClient(context.WithoutCancel(ctx))
	if err != nil {
		return nil, fmt.Errorf("open the publisher: %w", err)
	}
	p := &Publisher{client: client, project: project}
	publishers[key] = p
	return p, nil
}

// Publish publishes one message and returns when the server has it.
func (p *Publisher) Publish(ctx context.Context, topic string, data []byte, attributes map[string]string) error {
	return p.PublishAll(ctx, topic, []Message{{Data: data, Attributes: attributes}})
}

// PublishAll publishes messages to one topic and returns when the server has them all.
// After an error some may have been published.
func (p *Publisher) PublishAll(ctx context.Context, topic string, messages []Message) error {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	for len(messages) > 0 {
		n := min(len(messages), maxBatch)
		request := &pubsubpb.PublishRequest{Topic: "projects/" + p.project + "/topics/" + topic}
		for _, m := range messages[:n] {
			request.Messages = append(request.Messages, encode(ctx, m))
		}
		if _, err := p.client.Publish(ctx, request); err != nil {
			unavailable := fault.New(fault.Unavailable, "UNAVAILABLE", "publish to %s: %w", topic, err)
			unavailable.Message = "a message could not be published"
			return fmt.Errorf("publish to %s: %w", topic, unavailable)
		}
		messages = messages[n:]
	}
	return nil
}

func encode(ctx context.Context, m Message) *pubsubpb.PubsubMessage {
	attributes := make(map[string]string, len(m.Attributes)+1)
	for name, value := range m.Attributes {
		attributes[name] = value
	}
	telemetry.InjectAttributes(ctx, attributes)
	return &pubsubpb.PubsubMessage{Data: m.Data, Attributes: attributes}
}

// PublishCommands publishes commands to the topics of their services, those of one service
// in one request, all services at the same time.
func (p *Publisher) PublishCommands(ctx context.Context, commands []message.Command) error {
	byTopic := map[string][]Message{}
	for _, c := range commands {
		data, err := json.Marshal(c)
		if err != nil {
			return fmt.Errorf("encode command %s of saga %s: %w", c.Name, c.Saga, err)
		}
		topic := message.CommandTopic(c.Service)
		byTopic[topic] = append(byTopic[topic], Message{Data: data, Attributes: c.Attributes()})
	}
	results := make(chan error, len(byTopic))
	for topic, messages := range byTopic {
		go func() { results <- p.PublishAll(ctx, topic, messages) }()
	}
	var failures []error
	for range len(byTopic) {
		if err := <-results; err != nil {
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}

// PublishReply publishes a reply to the saga's orchestrator.
func (p *Publisher) PublishReply(ctx context.Context, reply message.Reply) error {
	data, err := json.Marshal(reply)
	if err != nil {
		return fmt.Errorf("encode reply to %s of saga %s: %w", reply.Step, reply.Saga, err)
	}
	return p.Publish(ctx, message.RepliesTopic, data, reply.Attributes())
}

// Close closes the connection.
func (p *Publisher) Close() error { return p.client.Close() }
