package pubsub

import (
	"context"
	"sync/atomic"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"

	"github.com/kwipper/kwipper/emulators/pubsub/filter"
)

// subscription is one subscription at work. Its config is replaced whole.
type subscription struct {
	name    string
	config  atomic.Pointer[pb.Subscription]
	filter  filter.Filter
	backlog *backlog
	ctx     context.Context
	stop    context.CancelFunc // ends all its goroutines
	endPush context.CancelFunc // ends the dispatch of pushes; nil while none runs
}

func newSubscription(ctx context.Context, config *pb.Subscription) (*subscription, error) {
	expression, err := filter.Parse(config.Filter)
	if err != nil {
		return nil, err
	}
	sub := &subscription{
		name:    config.Name,
		filter:  expression,
		backlog: newBacklog(config.EnableMessageOrdering),
	}
	sub.config.Store(config)
	sub.ctx, sub.stop = context.WithCancel(ctx)
	return sub, nil
}

func (s *subscription) wants(m *message) bool {
	return !s.config.Load().Detached && s.filter.Matches(m.Attributes)
}

func (s *subscription) pushes() bool {
	config := s.config.Load()
	return !config.Detached && config.GetPushConfig().GetPushEndpoint() != ""
}

func (s *subscription) ackDeadline() time.Duration {
	return time.Duration(s.config.Load().AckDeadlineSeconds) * time.Second
}

// run starts the goroutines of a subscription. It is called once.
func (b *broker) run(sub *subscription) {
	b.workers.Go(func() {
		sub.backlog.keepTime(sub.ctx, func(l lease) { b.refuse(sub, l) })
	})
	b.restartPush(sub)
}

// restartPush makes the dispatch of pushes follow the config. broker.mu is held, or the
// subscription is not known to anybody yet.
func (b *broker) restartPush(sub *subscription) {
	if sub.endPush != nil {
		sub.endPush()
		sub.endPush = nil
	}
	if !sub.pushes() {
		return
	}
	var ctx context.Context
	ctx, sub.endPush = context.WithCancel(sub.ctx)
	b.workers.Go(func() { b.dispatchPushes(ctx, sub) })
}
