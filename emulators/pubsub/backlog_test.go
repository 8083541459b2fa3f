package pubsub

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/stretchr/testify/require"
)

// TestBacklogUnderRandomUse does everything at random and checks after each step what must
// hold: per ordering key one message in play and in order, accounts that add up, and in the
// end nothing left.
func TestBacklogUnderRandomUse(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range 50 {
		use := &backlogUse{
			random:   random,
			backlog:  newBacklog(true),
			consumer: &consumer{maxMessages: 5, maxBytes: 100},
			next:     map[string]int{},
			number:   map[string]int{},
			counts:   map[string]int{},
		}
		for range 400 {
			use.step()
			use.check(t)
		}
		use.drain(t)
	}
}

type backlogUse struct {
	random   *rand.Rand
	backlog  *backlog
	consumer *consumer
	added    int
	leases   []lease
	number   map[string]int // message id -> place within its key
	counts   map[string]int // key -> messages added
	next     map[string]int // key -> place that must come next
}

func (u *backlogUse) step() {
	switch u.random.IntN(6) {
	case 0, 1:
		u.add()
	case 2, 3:
		u.take()
	case 4:
		u.end(u.backlog.settleLease, true)
	case 5:
		delay := time.Duration(u.random.IntN(2)) * time.Hour
		u.end(func(l lease) { u.backlog.refuse(l, delay) }, false)
	}
	if u.random.IntN(20) == 0 {
		lapsed, _ := u.backlog.wake(time.Now().Add(2 * time.Hour))
		for _, l := range lapsed {
			u.backlog.refuse(l, 0)
		}
		u.leases = nil // every lease was over
	}
}

func (u *backlogUse) add() {
	key := []string{"", "a", "b"}[u.random.IntN(3)]
	u.added++
	m := newMessage("t", &pb.PubsubMessage{MessageId: fmt.Sprint(u.added), OrderingKey: key, Data: make([]byte, u.random.IntN(60))})
	u.number[m.MessageId] = u.counts[key]
	u.counts[key]++
	u.backlog.add(m, 0)
	u.backlog.add(m, 0) // twice is once
}

func (u *backlogUse) take() {
	taken, _ := u.backlog.take(1+u.random.IntN(3), u.consumer, time.Hour)
	u.leases = append(u.leases, taken...)
}

func (u *backlogUse) end(how func(lease), settles bool) {
	if len(u.leases) == 0 {
		return
	}
	i := u.random.IntN(len(u.leases))
	l := u.leases[i]
	u.leases = append(u.leases[:i], u.leases[i+1:]...)
	how(l)
	if settles {
		u.next[l.message.OrderingKey]++
	}
}

func (b *backlog) settleLease(l lease) { b.settle(l.message.MessageId) }

func (u *backlogUse) check(t *testing.T) {
	t.Helper()
	var messages, bytes int64
	inPlay := map[string]int{}
	for _, d := range u.backlog.byID {
		if d.state == leased {
			messages++
			bytes += d.message.size
		}
		key := d.message.OrderingKey
		if key != "" && d.state != blocked {
			inPlay[key]++
			require.Equal(t, u.next[key], u.number[d.message.MessageId], "key %s out of order", key)
		}
	}
	for key, count := range inPlay {
		require.Equal(t, 1, count, "key %s", key)
	}
	require.Equal(t, messages, u.consumer.messages)
	require.Equal(t, bytes, u.consumer.bytes)
}

func (u *backlogUse) drain(t *testing.T) {
	t.Helper()
	for range 10 * (u.added + 1) {
		lapsed, _ := u.backlog.wake(time.Now().Add(3 * time.Hour))
		for _, l := range lapsed {
			u.backlog.refuse(l, 0)
		}
		taken, _ := u.backlog.take(100, nil, 0)
		for _, l := range taken {
			u.backlog.settle(l.message.MessageId)
		}
	}
	require.Zero(t, u.backlog.size())
	require.Empty(t, u.backlog.byKey)
	require.Empty(t, u.backlog.timetable)
	require.Zero(t, u.consumer.messages)
}
