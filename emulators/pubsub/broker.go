package pubsub

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/journal"
	"github.com/kwipper/kwipper/emulators/outbound"
)

// topic is a topic and who subscribes to it. broker.mu guards it.
type topic struct {
	config        *pb.Topic
	subscriptions map[string]*subscription
}

// broker is the state of the emulator and all that happens to it, without the protocol.
type broker struct {
	ctx           context.Context // ends with the server
	store         *journal.Store
	options       Options
	logger        *slog.Logger
	interceptor   atomic.Pointer[PushInterceptor]
	aroundPublish atomic.Pointer[PublishInterceptor]
	ids           messageIDs
	sender        *outbound.Sender
	history       *history
	workers       sync.WaitGroup // goroutines of subscriptions and pushes in flight

	// records is held where the hold on a message and its record change together.
	records sync.Mutex

	// mu is held for reading through a publish, its disk write included, so that topics
	// and subscriptions do not change under it.
	mu            sync.RWMutex
	topics        map[string]*topic
	subscriptions map[string]*subscription
}

func newBroker(ctx context.Context, store *journal.Store, options Options) *broker {
	b := &broker{
		ctx:           ctx,
		store:         store,
		options:       options,
		logger:        options.Logger.With("emulator", "pubsub"),
		sender:        &outbound.Sender{Client: options.HTTPClient, Tokens: options.Tokens},
		history:       newHistory(),
		topics:        map[string]*topic{},
		subscriptions: map[string]*subscription{},
	}
	if options.BeforePush != nil {
		b.interceptor.Store(&options.BeforePush)
	}
	return b
}

// publish stores messages, hands them to the matching subscriptions, and returns ids.
func (b *broker) publish(topicName string, contents []*pb.PubsubMessage) ([]string, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	target, found := b.topics[topicName]
	if !found {
		return nil, status.Errorf(codes.NotFound, "topic %s does not exist", topicName)
	}
	plan, err := b.fanOut(target, contents)
	if err != nil {
		return nil, err
	}
	if len(plan.changes) > 0 {
		if err := b.store.Write(plan.changes...); err != nil {
			return nil, status.Errorf(codes.Unavailable, "store messages: %v", err)
		}
	}
	for _, copy := range plan.copies {
		copy.subscription.backlog.add(copy.message, 0)
	}
	for _, m := range plan.messages {
		b.drop(m) // the hold of fanOut
	}
	return plan.ids, nil
}

// copyFor is one message on its way into one subscription.
type copyFor struct {
	message      *message
	subscription *subscription
}

type publishPlan struct {
	ids      []string
	changes  []journal.Change
	copies   []copyFor
	messages []*message // held until all their copies are in the backlogs
}

func (b *broker) fanOut(target *topic, contents []*pb.PubsubMessage) (publishPlan, error) {
	now := time.Now()
	var plan publishPlan
	for _, content := range contents {
		id := b.ids.next(now)
		plan.ids = append(plan.ids, id)
		m := newMessage(target.config.Name, stamped(content, id, now))
		wanted := false
		for _, sub := range target.subscriptions {
			if sub.wants(m) {
				wanted = true
				plan.copies = append(plan.copies, copyFor{m, sub})
				plan.changes = append(plan.changes, putPending(sub.name, id, 0))
			}
		}
		if !wanted {
			continue
		}
		record, err := putMessage(m)
		if err != nil {
			return plan, err
		}
		plan.changes = append(plan.changes, record)
		m.holders.Add(1)
		plan.messages = append(plan.messages, m)
	}
	return plan, nil
}

// acknowledge ends the delivery of a message in a subscription for good.
func (b *broker) acknowledge(sub *subscription, messageID string) {
	m := sub.backlog.settle(messageID)
	if m == nil || sub.ctx.Err() != nil {
		return
	}
	b.drop(m, journal.Remove(pendingKey(sub.name, messageID)))
}

// drop ends one hold on a message, together with changes. The last one removes the record.
func (b *broker) drop(m *message, changes ...journal.Change) {
	b.records.Lock()
	defer b.records.Unlock()
	if m.holders.Add(-1) == 0 {
		changes = append(changes, journal.Remove(messageKey(m.MessageId)))
	}
	if err := b.store.WriteLazily(changes...); err != nil {
		b.logger.Warn("acknowledgement not stored, the message may come again",
			"messageID", m.MessageId, "error", err)
	}
}

// refuse ends an attempt without success: retry after back-off, or dead letter.
func (b *broker) refuse(sub *subscription, l lease) {
	config := sub.config.Load()
	if exhausted(config, l.attempt) {
		if sub.backlog.withhold(l) {
			b.deadLetter(sub, l)
		}
		return
	}
	if !sub.backlog.refuse(l, backoff(config, l.attempt)) || sub.ctx.Err() != nil {
		return
	}
	if err := b.store.WriteLazily(putPending(sub.name, l.message.MessageId, l.attempt)); err != nil {
		b.logger.Warn("attempt not stored", "subscription", sub.name, "error", err)
	}
}

func (b *broker) subscription(name string) (*subscription, error) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	sub, found := b.subscriptions[name]
	if !found {
		return nil, status.Errorf(codes.NotFound, "subscription %s does not exist", name)
	}
	return sub, nil
}

func (b *broker) inFlight() int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	count := 0
	for _, sub := range b.subscriptions {
		if sub.pushes() {
			count += sub.backlog.size()
		}
	}
	return count
}

// stopAll ends the work of all subscriptions and waits for it.
func (b *broker) stopAll() {
	b.mu.RLock()
	for _, sub := range b.subscriptions {
		sub.stop()
	}
	b.mu.RUnlock()
	b.workers.Wait()
}

// replaceState stops everything, lets change rewrite the store, and starts from it. A
// failed change leaves the store, and so the state, as it was.
func (b *broker) replaceState(change func() error) error {
	b.stopAll()
	b.mu.Lock()
	defer b.mu.Unlock()
	changeErr := change()
	b.topics, b.subscriptions = map[string]*topic{}, map[string]*subscription{}
	b.history.clear()
	if err := b.loadLocked(); err != nil {
		return fmt.Errorf("reload Pub/Sub state: %w", err)
	}
	return changeErr
}
