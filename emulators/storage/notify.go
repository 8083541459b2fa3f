package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/fsouza/fake-gcs-server/fakestorage"

	"github.com/kwipper/kwipper/emulators/journal"
)

const noticePrefix = "notice/"

// Waiting time before a refused notification is tried again.
const (
	firstRetryDelay = 100 * time.Millisecond
	lastRetryDelay  = 10 * time.Second
)

// notice is a notification that has to be accepted.
type notice struct {
	Sequence   uint64            `json:"sequence"`
	Topic      string            `json:"topic"`
	Data       []byte            `json:"data"`
	Attributes map[string]string `json:"attributes"`
}

func (n notice) key() string { return fmt.Sprintf("%s%020d", noticePrefix, n.Sequence) }

// notifier delivers notices until they are accepted. They are in the journal until then.
type notifier struct {
	store   *journal.Store
	to      Notifier
	configs []Notification

	mu       sync.Mutex
	sequence uint64
	pending  int
	ctx      context.Context // of the deliveries under way
	cancel   context.CancelFunc
	group    *sync.WaitGroup
}

func newNotifier(store *journal.Store, to Notifier, configs []Notification) (*notifier, error) {
	for i, config := range configs {
		if to == nil {
			return nil, fmt.Errorf("notification of bucket %s: there is no Notifier", config.Bucket)
		}
		if config.Bucket == "" || config.Topic == "" {
			return nil, fmt.Errorf("notification %d: bucket and topic are required", i+1)
		}
	}
	return &notifier{store: store, to: to, configs: configs}, nil
}

// start delivers what the journal holds.
func (n *notifier) start() error {
	n.mu.Lock()
	n.ctx, n.cancel = context.WithCancel(context.Background())
	n.group = &sync.WaitGroup{}
	n.mu.Unlock()
	var left []notice
	err := n.store.Scan(noticePrefix, func(key string, value []byte) error {
		var loaded notice
		if err := json.Unmarshal(value, &loaded); err != nil {
			return fmt.Errorf("read %s: %w", key, err)
		}
		left = append(left, loaded)
		return nil
	})
	if err != nil {
		return err
	}
	if len(left) > 0 {
		n.mu.Lock()
		n.sequence = max(n.sequence, left[len(left)-1].Sequence)
		n.mu.Unlock()
	}
	n.send(left)
	return nil
}

// stop waits for the deliveries under way; what they did not deliver stays in the journal.
func (n *notifier) stop() {
	n.mu.Lock()
	n.cancel()
	group := n.group
	n.mu.Unlock()
	group.Wait()
}

// inFlight is how many notices are not accepted yet.
func (n *notifier) inFlight() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.pending
}

// send delivers notices that are in the journal.
func (n *notifier) send(notices []notice) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, one := range notices {
		n.pending++
		ctx := n.ctx
		n.group.Go(func() {
			n.deliver(ctx, one)
			n.mu.Lock()
			defer n.mu.Unlock()
			n.pending--
		})
	}
}

func (n *notifier) deliver(ctx context.Context, one notice) {
	delay := firstRetryDelay
	for {
		err := n.to.Notify(ctx, one.Topic, one.Data, one.Attributes)
		if err == nil {
			// Losing this write only means a second delivery.
			if err := n.store.WriteLazily(journal.Remove(one.key())); err != nil {
				slog.ErrorContext(ctx, "storage emulator: forget notification", "error", err)
			}
			return
		}
		if ctx.Err() == nil {
			slog.WarnContext(ctx, "storage emulator: notification refused", "topic", one.Topic, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(delay):
			delay = min(2*delay, lastRetryDelay)
		}
	}
}

// finalized makes the notices of a new object, and of the one it took the place of.
func (n *notifier) finalized(object fakestorage.ObjectAttrs, previous *fakestorage.ObjectAttrs) ([]journal.Change, []notice) {
	attributes := map[string]string{}
	var notices []notice
	if previous != nil {
		attributes["overwroteGeneration"] = strconv.FormatInt(previous.Generation, 10)
		notices = n.make(EventDelete, *previous, map[string]string{
			"overwrittenByGeneration": strconv.FormatInt(object.Generation, 10)})
	}
	return changesOf(append(notices, n.make(EventFinalize, object, attributes)...))
}

// deleted makes the notices of an object that is gone.
func (n *notifier) deleted(object fakestorage.ObjectAttrs) ([]journal.Change, []notice) {
	return changesOf(n.make(EventDelete, object, nil))
}

func changesOf(notices []notice) ([]journal.Change, []notice) {
	var changes []journal.Change
	for _, one := range notices {
		encoded, err := json.Marshal(one)
		if err != nil { // strings, numbers and bytes always encode
			panic(err)
		}
		changes = append(changes, journal.Put(one.key(), encoded))
	}
	return changes, notices
}

func (n *notifier) make(event string, object fakestorage.ObjectAttrs, more map[string]string) []notice {
	var notices []notice
	for i, config := range n.configs {
		if config.Bucket != object.BucketName || !strings.HasPrefix(object.Name, config.ObjectNamePrefix) ||
			len(config.EventTypes) > 0 && !slices.Contains(config.EventTypes, event) {
			continue
		}
		data, err := json.Marshal(resource("https://www.googleapis.com", object))
		if err != nil { // strings and maps of strings always encode
			panic(err)
		}
		attributes := map[string]string{
			"notificationConfig": fmt.Sprintf("projects/_/buckets/%s/notificationConfigs/%d", object.BucketName, i+1),
			"eventType":          event, "payloadFormat": "JSON_API_V1", "bucketId": object.BucketName,
			"objectId": object.Name, "objectGeneration": strconv.FormatInt(object.Generation, 10),
			"eventTime": time.Now().UTC().Format(time.RFC3339Nano),
		}
		for name, value := range more {
			attributes[name] = value
		}
		notices = append(notices, notice{Sequence: n.next(), Topic: config.Topic, Data: data, Attributes: attributes})
	}
	return notices
}

func (n *notifier) next() uint64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.sequence++
	return n.sequence
}
