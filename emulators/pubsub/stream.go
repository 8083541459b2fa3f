package pubsub

import (
	"context"
	"errors"
	"io"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// maxStreamBatch is the most messages in one response of a stream.
const maxStreamBatch = 100

// StreamingPull sends messages as they become ready, within the flow control of the
// first request, until the client goes away.
func (s *subscriber) StreamingPull(stream pb.Subscriber_StreamingPullServer) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	sub, err := s.broker.pullable(first.Subscription)
	if err != nil {
		return err
	}
	seconds := first.StreamAckDeadlineSeconds
	if seconds < minAckDeadlineSeconds || seconds > maxAckDeadlineSeconds {
		return invalid("stream_ack_deadline_seconds: %d, must be %d to %d",
			seconds, minAckDeadlineSeconds, maxAckDeadlineSeconds)
	}
	ctx, cancel := context.WithCancelCause(stream.Context())
	defer cancel(nil)
	go func() { cancel(s.receiveAcks(stream, sub, first)) }()
	account := &consumer{maxMessages: first.MaxOutstandingMessages, maxBytes: first.MaxOutstandingBytes}
	return s.sendMessages(ctx, stream, sub, account, time.Duration(seconds)*time.Second)
}

// receiveAcks applies the acknowledgements that come over the stream until it ends.
func (s *subscriber) receiveAcks(stream pb.Subscriber_StreamingPullServer, sub *subscription, request *pb.StreamingPullRequest) error {
	for {
		s.broker.acknowledgeAll(sub, request.AckIds)
		if len(request.ModifyDeadlineAckIds) != len(request.ModifyDeadlineSeconds) {
			return invalid("modify_deadline_seconds: not as many as modify_deadline_ack_ids")
		}
		for i, ackID := range request.ModifyDeadlineAckIds {
			s.broker.modifyDeadline(sub, ackID, request.ModifyDeadlineSeconds[i])
		}
		var err error
		if request, err = stream.Recv(); err != nil {
			return err
		}
	}
}

func (s *subscriber) sendMessages(ctx context.Context, stream pb.Subscriber_StreamingPullServer, sub *subscription, account *consumer, leaseTime time.Duration) error {
	properties := &pb.StreamingPullResponse_SubscriptionProperties{
		MessageOrderingEnabled: sub.config.Load().EnableMessageOrdering,
	}
	for {
		taken, more := sub.backlog.take(maxStreamBatch, account, leaseTime)
		if received := s.broker.received(sub, taken); len(received) > 0 {
			response := &pb.StreamingPullResponse{ReceivedMessages: received, SubscriptionProperties: properties}
			if err := stream.Send(response); err != nil {
				return err
			}
			continue
		}
		select {
		case <-more:
		case <-sub.ctx.Done():
			return status.Errorf(codes.NotFound, "subscription %s is gone", sub.name)
		case <-ctx.Done():
			return streamEnd(context.Cause(ctx))
		}
	}
}

// streamEnd is no error when the client has closed its side.
func streamEnd(cause error) error {
	if errors.Is(cause, io.EOF) || errors.Is(cause, context.Canceled) {
		return nil
	}
	return cause
}
