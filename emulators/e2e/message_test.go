package e2e

import (
	"context"
	"math/rand/v2"
	"path"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/local/frontend"
	"github.com/kwipper/kwipper/emulators/pubsub"
	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/message"
)

// counter counts the different messages that are pushed, by topic.
type counter struct {
	mu   sync.Mutex
	seen map[string]map[string]bool
}

func (c *counter) see(p pubsub.PushAttempt) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil {
		c.seen = map[string]map[string]bool{}
	}
	topic := path.Base(p.Topic)
	if c.seen[topic] == nil {
		c.seen[topic] = map[string]bool{}
	}
	c.seen[topic][p.MessageID] = true
}

// messages returns how many commands and replies there were.
func (c *counter) messages() (commands, replies int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for topic, ids := range c.seen {
		if topic == message.RepliesTopic {
			replies += len(ids)
		} else {
			commands += len(ids)
		}
	}
	return commands, replies
}

// deliveredBadly delivers every message n times, late by up to a while, so that the order
// is any; the answers of some get lost.
func deliveredBadly(r *rand.Rand, n int, late time.Duration, lost float64, seen *counter) pubsub.PushInterceptor {
	var mu sync.Mutex
	return func(_ context.Context, p pubsub.PushAttempt) pubsub.PushFault {
		seen.see(p)
		mu.Lock()
		defer mu.Unlock()
		return pubsub.PushFault{
			Duplicates: n - 1, Delay: time.Duration(r.Int64N(int64(late) + 1)),
			LoseResponse: p.Attempt <= 3 && r.Float64() < lost,
		}
	}
}

// What happens to twelve learners is the same however messages are delivered.
func TestMessagesThreeTimesAndOutOfOrder(t *testing.T) {
	w, s := begin(t)
	r := random(t)
	course, item := w.course(t)
	cards := []string{goodCard, declinedCard, goodCard, secureCard}
	learners := make([]*learner, 12)
	for i := range learners {
		learners[i] = w.learner(t, "JP", cards[i%len(cards)])
	}
	var seen counter
	s.PubSub.SetBeforePush(deliveredBadly(r, 3, 40*time.Millisecond, 0.1, &seen))
	failures := make([]error, len(learners))
	atOnce(len(learners), func(i int) { failures[i] = play(t.Context(), learners[i], course, i) })
	s.PubSub.SetBeforePush(nil)
	settle(t)
	for i, l := range learners {
		assert.Equal(t, []string{"", "CARD_DECLINED", "", ""}[i%4], frontend.Reason(failures[i]), "learner %d: %v", i, failures[i])
		if i%4 != 1 {
			require.NoError(t, failures[i])
		}
		assert.Equal(t, i%4 == 0 || i%4 == 3, l.mayStudy(t, item), "learner %d", i)
	}
	commands, replies := seen.messages()
	t.Logf("%d commands, %d replies", commands, replies)
}

// play is what learner i of a story does: each third is refunded after subscribing, some
// authenticate.
func play(ctx context.Context, l *learner, course api.Course, i int) error {
	o, err := l.subscribe(ctx, course)
	if err != nil {
		return err
	}
	if !o.Done {
		if err := l.Authenticate(ctx, o.Metadata.NextAction.RedirectURI, "succeed"); err != nil {
			return err
		}
		if o, err = l.AwaitDone(ctx, o); err != nil {
			return err
		}
	}
	if i%4 != 2 {
		return nil
	}
	return refund(ctx, l.Client, "users/"+id(l.user.Name)+"/invoices/"+message.InvoiceID(id(o.Response.Subscription), 0))
}

// However often replies are doubled, a saga sends hardly more commands than it has steps:
// of the copies of a reply, only one that may have come after a crash sends again.
func TestDoubledRepliesBreedNoMessages(t *testing.T) {
	w, s := begin(t)
	course, _ := w.course(t)
	l := w.learner(t, "ID", goodCard)
	var seen counter
	s.PubSub.SetBeforePush(func(_ context.Context, p pubsub.PushAttempt) pubsub.PushFault {
		seen.see(p)
		if path.Base(p.Topic) == message.RepliesTopic {
			return pubsub.PushFault{Duplicates: 100}
		}
		return pubsub.PushFault{}
	})
	l.subscribed(t, course)
	settle(t)
	commands, replies := seen.messages()
	t.Logf("%d commands, %d replies of eight steps", commands, replies)
	assert.LessOrEqual(t, commands, 4*8)
	assert.LessOrEqual(t, replies, 2*commands)
}
