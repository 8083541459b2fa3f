package pubsub

import (
	"fmt"
	"strconv"
	"strings"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/proto"

	"github.com/kwipper/kwipper/emulators/journal"
)

// Keys of the store. A pending record says that a subscription has not acknowledged a
// message; its value is the number of attempts so far.
const (
	topicPrefix        = "topic/"
	subscriptionPrefix = "subscription/"
	messagePrefix      = "message/"
	pendingPrefix      = "pending/"
)

func messageKey(id string) string { return messagePrefix + id }

func pendingKey(subscription, messageID string) string {
	return pendingPrefix + subscription + "/" + messageID
}

func putPending(subscription, messageID string, attempt int) journal.Change {
	return journal.Put(pendingKey(subscription, messageID), []byte(strconv.Itoa(attempt)))
}

// putMessage stores the message under its id, after the name of its topic and a newline.
func putMessage(m *message) (journal.Change, error) {
	record, err := proto.MarshalOptions{}.MarshalAppend([]byte(m.topic+"\n"), m.PubsubMessage)
	if err != nil {
		return journal.Change{}, fmt.Errorf("encode message %s: %w", m.MessageId, err)
	}
	return journal.Put(messageKey(m.MessageId), record), nil
}

func decodeMessage(record []byte) (*message, error) {
	topicName, body, found := strings.Cut(string(record), "\n")
	if !found {
		return nil, fmt.Errorf("message record without a topic")
	}
	content := &pb.PubsubMessage{}
	if err := proto.Unmarshal([]byte(body), content); err != nil {
		return nil, fmt.Errorf("decode message: %w", err)
	}
	return newMessage(topicName, content), nil
}

// load rebuilds the state from the store and starts the subscriptions.
func (b *broker) load() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.loadLocked()
}

func (b *broker) loadLocked() error {
	if err := b.loadTopics(); err != nil {
		return err
	}
	if err := b.loadSubscriptions(); err != nil {
		return err
	}
	if err := b.loadBacklogs(); err != nil {
		return err
	}
	for _, sub := range b.subscriptions {
		b.run(sub)
	}
	return nil
}

func (b *broker) loadTopics() error {
	return b.store.Scan(topicPrefix, func(key string, record []byte) error {
		config := &pb.Topic{}
		if err := proto.Unmarshal(record, config); err != nil {
			return fmt.Errorf("decode %s: %w", key, err)
		}
		b.topics[config.Name] = &topic{config: config, subscriptions: map[string]*subscription{}}
		return nil
	})
}

func (b *broker) loadSubscriptions() error {
	return b.store.Scan(subscriptionPrefix, func(key string, record []byte) error {
		config := &pb.Subscription{}
		if err := proto.Unmarshal(record, config); err != nil {
			return fmt.Errorf("decode %s: %w", key, err)
		}
		sub, err := newSubscription(b.ctx, config)
		if err != nil {
			return fmt.Errorf("load %s: %w", key, err)
		}
		b.subscriptions[sub.name] = sub
		if target, found := b.topics[config.Topic]; found && !config.Detached {
			target.subscriptions[sub.name] = sub
		}
		return nil
	})
}

// loadBacklogs fills the backlogs and removes messages that nobody waits for, which a
// crash between the lazy writes of an acknowledgement can leave behind.
func (b *broker) loadBacklogs() error {
	messages := map[string]*message{}
	err := b.store.Scan(messagePrefix, func(key string, record []byte) error {
		m, err := decodeMessage(record)
		if err != nil {
			return fmt.Errorf("load %s: %w", key, err)
		}
		messages[m.MessageId] = m
		return nil
	})
	if err != nil {
		return err
	}
	var orphans []journal.Change
	err = b.store.Scan(pendingPrefix, func(key string, record []byte) error {
		if !b.loadPending(messages, key, record) {
			orphans = append(orphans, journal.Remove(key))
		}
		return nil
	})
	if err != nil {
		return err
	}
	for id, m := range messages {
		if m.holders.Load() == 0 {
			orphans = append(orphans, journal.Remove(messageKey(id)))
		}
	}
	return b.store.WriteLazily(orphans...)
}

func (b *broker) loadPending(messages map[string]*message, key string, record []byte) bool {
	name := strings.TrimPrefix(key, pendingPrefix)
	slash := strings.LastIndexByte(name, '/')
	if slash < 0 {
		return false
	}
	sub, m := b.subscriptions[name[:slash]], messages[name[slash+1:]]
	attempt, err := strconv.Atoi(string(record))
	if sub == nil || m == nil || err != nil {
		return false
	}
	sub.backlog.add(m, attempt)
	return true
}
