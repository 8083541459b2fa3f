package pubsub

import (
	"context"
	"strconv"
	"strings"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// pullPatience is how long a unary Pull waits for a first message.
const pullPatience = 5 * time.Second

// ids lists the messages held, or those of them that the condition selects.
func (b *backlog) ids(selected func(*message) bool) []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var ids []string
	for id, d := range b.byID {
		if selected == nil || selected(d.message) {
			ids = append(ids, id)
		}
	}
	return ids
}

// pullable finds a subscription that may be pulled from.
func (b *broker) pullable(name string) (*subscription, error) {
	sub, err := b.subscription(name)
	if err != nil {
		return nil, err
	}
	if sub.config.Load().Detached {
		return nil, status.Errorf(codes.FailedPrecondition, "subscription %s is detached", name)
	}
	if sub.pushes() {
		return nil, status.Errorf(codes.FailedPrecondition, "subscription %s is a push subscription", name)
	}
	return sub, nil
}

// Pull returns up to max_messages, waiting some seconds for the first.
func (s *subscriber) Pull(ctx context.Context, request *pb.PullRequest) (*pb.PullResponse, error) {
	if request.MaxMessages <= 0 {
		return nil, invalid("max_messages: must be positive")
	}
	sub, err := s.broker.pullable(request.Subscription)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, pullPatience)
	defer cancel()
	for {
		// The account has no limit; it marks the lease as one that expires.
		taken, more := sub.backlog.take(int(request.MaxMessages), &consumer{}, sub.ackDeadline())
		received := s.broker.received(sub, taken)
		if len(received) > 0 || request.ReturnImmediately { //nolint:staticcheck // deprecated, but real
			return &pb.PullResponse{ReceivedMessages: received}, nil
		}
		select {
		case <-more:
		case <-sub.ctx.Done():
			return nil, status.Errorf(codes.NotFound, "subscription %s is gone", sub.name)
		case <-ctx.Done():
			return &pb.PullResponse{}, nil
		}
	}
}

// received turns leases into what a puller gets and drops expired messages.
func (b *broker) received(sub *subscription, leases []lease) []*pb.ReceivedMessage {
	var received []*pb.ReceivedMessage
	counted := sub.config.Load().DeadLetterPolicy != nil
	for _, l := range leases {
		if b.expired(sub, l.message) {
			b.acknowledge(sub, l.message.MessageId)
			continue
		}
		entry := &pb.ReceivedMessage{AckId: l.ackID(), Message: l.message.PubsubMessage}
		if counted {
			entry.DeliveryAttempt = int32(l.attempt)
		}
		received = append(received, entry)
	}
	return received
}

// Acknowledge ends the delivery of messages. Unknown ids are ignored, as by the service.
func (s *subscriber) Acknowledge(_ context.Context, request *pb.AcknowledgeRequest) (*emptypb.Empty, error) {
	sub, err := s.broker.subscription(request.Subscription)
	if err != nil {
		return nil, err
	}
	if len(request.AckIds) == 0 {
		return nil, invalid("ack_ids: empty")
	}
	s.broker.acknowledgeAll(sub, request.AckIds)
	return &emptypb.Empty{}, nil
}

func (b *broker) acknowledgeAll(sub *subscription, ackIDs []string) {
	for _, ackID := range ackIDs {
		id, _, _ := strings.Cut(ackID, "-")
		b.acknowledge(sub, id)
	}
}

// ModifyAckDeadline extends leases; 0 seconds refuses the messages.
func (s *subscriber) ModifyAckDeadline(_ context.Context, request *pb.ModifyAckDeadlineRequest) (*emptypb.Empty, error) {
	sub, err := s.broker.subscription(request.Subscription)
	if err != nil {
		return nil, err
	}
	if request.AckDeadlineSeconds < 0 || request.AckDeadlineSeconds > maxAckDeadlineSeconds {
		return nil, invalid("ack_deadline_seconds: %d, must be 0 to %d",
			request.AckDeadlineSeconds, maxAckDeadlineSeconds)
	}
	for _, ackID := range request.AckIds {
		s.broker.modifyDeadline(sub, ackID, request.AckDeadlineSeconds)
	}
	return &emptypb.Empty{}, nil
}

func (b *broker) modifyDeadline(sub *subscription, ackID string, seconds int32) {
	l, found := sub.backlog.leaseOf(ackID)
	switch {
	case !found:
	case seconds <= 0:
		b.refuse(sub, l)
	default:
		sub.backlog.extend(l, time.Duration(seconds)*time.Second)
	}
}

// leaseOf finds the lease that an acknowledgement id names, if it still holds.
func (b *backlog) leaseOf(ackID string) (lease, bool) {
	id, number, _ := strings.Cut(ackID, "-")
	attempt, err := strconv.Atoi(number)
	if err != nil {
		return lease{}, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	d := b.byID[id]
	if d == nil || d.state != leased || d.attempt != attempt {
		return lease{}, false
	}
	return lease{message: d.message, attempt: attempt}, true
}

// Seek to a time drops what was published before it. Snapshots are not supported, and
// acknowledged messages are not retained, so nothing comes back.
func (s *subscriber) Seek(_ context.Context, request *pb.SeekRequest) (*pb.SeekResponse, error) {
	sub, err := s.broker.subscription(request.Subscription)
	if err != nil {
		return nil, err
	}
	if request.GetTime() == nil {
		return nil, unimplemented("seeking to a snapshot")
	}
	target := request.GetTime().AsTime()
	passed := sub.backlog.ids(func(m *message) bool { return m.PublishTime.AsTime().Before(target) })
	for _, id := range passed {
		s.broker.acknowledge(sub, id)
	}
	return &pb.SeekResponse{}, nil
}
