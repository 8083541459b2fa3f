package pubsub

import (
	"context"
	"slices"
	"strings"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/kwipper/kwipper/emulators/journal"
)

// subscriber is the gRPC service of subscriptions.
type subscriber struct {
	pb.UnimplementedSubscriberServer
	broker *broker
}

// CreateSubscription creates a subscription and starts its deliveries.
func (s *subscriber) CreateSubscription(_ context.Context, request *pb.Subscription) (*pb.Subscription, error) {
	if err := checkName("name", request.Name, "subscriptions"); err != nil {
		return nil, err
	}
	config := proto.CloneOf(request)
	if err := completeSubscription(config); err != nil {
		return nil, err
	}
	b := s.broker
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, exists := b.subscriptions[config.Name]; exists {
		return nil, status.Errorf(codes.AlreadyExists, "subscription %s exists", config.Name)
	}
	target, err := b.topicLocked(config.Topic)
	if err != nil {
		return nil, err
	}
	if err := b.checkDeadLetterTopicLocked(config); err != nil {
		return nil, err
	}
	sub, err := newSubscription(b.ctx, config)
	if err != nil {
		return nil, invalid("filter: %v", err)
	}
	if err := b.storeSubscription(config); err != nil {
		sub.stop()
		return nil, err
	}
	b.subscriptions[sub.name] = sub
	target.subscriptions[sub.name] = sub
	b.run(sub)
	return config, nil
}

func (b *broker) checkDeadLetterTopicLocked(config *pb.Subscription) error {
	name := config.DeadLetterPolicy.GetDeadLetterTopic()
	if name == "" {
		return nil
	}
	_, err := b.topicLocked(name)
	return err
}

func (b *broker) storeSubscription(config *pb.Subscription) error {
	record, err := proto.Marshal(config)
	if err != nil {
		return status.Errorf(codes.Internal, "encode subscription: %v", err)
	}
	if err := b.store.Write(journal.Put(subscriptionPrefix+config.Name, record)); err != nil {
		return status.Errorf(codes.Unavailable, "store subscription: %v", err)
	}
	return nil
}

func (b *broker) subscriptionLocked(name string) (*subscription, error) {
	sub, found := b.subscriptions[name]
	if !found {
		return nil, status.Errorf(codes.NotFound, "subscription %s does not exist", name)
	}
	return sub, nil
}

// GetSubscription returns a subscription.
func (s *subscriber) GetSubscription(_ context.Context, request *pb.GetSubscriptionRequest) (*pb.Subscription, error) {
	sub, err := s.broker.subscription(request.Subscription)
	if err != nil {
		return nil, err
	}
	return sub.config.Load(), nil
}

// UpdateSubscription changes the fields that the mask names.
func (s *subscriber) UpdateSubscription(_ context.Context, request *pb.UpdateSubscriptionRequest) (*pb.Subscription, error) {
	mutable := []string{"push_config", "ack_deadline_seconds", "message_retention_duration", "labels",
		"expiration_policy", "dead_letter_policy", "retry_policy"}
	return s.change(request.GetSubscription().GetName(), func(config *pb.Subscription) error {
		return applyMask(config, request.Subscription, request.UpdateMask.GetPaths(), mutable)
	})
}

// ModifyPushConfig changes how a subscription delivers; an empty config makes it pull.
func (s *subscriber) ModifyPushConfig(_ context.Context, request *pb.ModifyPushConfigRequest) (*emptypb.Empty, error) {
	_, err := s.change(request.Subscription, func(config *pb.Subscription) error {
		config.PushConfig = request.PushConfig
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, nil
}

func (s *subscriber) change(name string, edit func(*pb.Subscription) error) (*pb.Subscription, error) {
	b := s.broker
	b.mu.Lock()
	defer b.mu.Unlock()
	sub, err := b.subscriptionLocked(name)
	if err != nil {
		return nil, err
	}
	changed := proto.CloneOf(sub.config.Load())
	if err := edit(changed); err != nil {
		return nil, err
	}
	if err := completeSubscription(changed); err != nil {
		return nil, err
	}
	if err := b.checkDeadLetterTopicLocked(changed); err != nil {
		return nil, err
	}
	if err := b.storeSubscription(changed); err != nil {
		return nil, err
	}
	sub.config.Store(changed)
	b.restartPush(sub)
	return changed, nil
}

// applyMask copies the masked top-level fields of from into to. A path may go deeper; the
// whole field that it begins with is copied.
func applyMask(to, from proto.Message, paths, mutable []string) error {
	if len(paths) == 0 {
		return invalid("update_mask: empty")
	}
	target, source := to.ProtoReflect(), from.ProtoReflect()
	for _, path := range paths {
		name, _, _ := strings.Cut(path, ".")
		if !slices.Contains(mutable, name) {
			return invalid("update_mask: %q cannot be changed, only %s can", path, strings.Join(mutable, ", "))
		}
		field := target.Descriptor().Fields().ByName(protoreflect.Name(name))
		if source.Has(field) {
			target.Set(field, source.Get(field))
		} else {
			target.Clear(field)
		}
	}
	return nil
}

// ListSubscriptions lists the subscriptions of a project in order of name.
func (s *subscriber) ListSubscriptions(_ context.Context, request *pb.ListSubscriptionsRequest) (*pb.ListSubscriptionsResponse, error) {
	b := s.broker
	b.mu.RLock()
	defer b.mu.RUnlock()
	names, next := page(namesUnder(b.subscriptions, request.Project), request.PageSize, request.PageToken)
	response := &pb.ListSubscriptionsResponse{NextPageToken: next}
	for _, name := range names {
		response.Subscriptions = append(response.Subscriptions, b.subscriptions[name].config.Load())
	}
	return response, nil
}

// DeleteSubscription deletes a subscription with what it holds.
func (s *subscriber) DeleteSubscription(_ context.Context, request *pb.DeleteSubscriptionRequest) (*emptypb.Empty, error) {
	b := s.broker
	b.mu.Lock()
	defer b.mu.Unlock()
	sub, err := b.subscriptionLocked(request.Subscription)
	if err != nil {
		return nil, err
	}
	if err := b.store.Write(journal.Remove(subscriptionPrefix + sub.name)); err != nil {
		return nil, status.Errorf(codes.Unavailable, "delete subscription: %v", err)
	}
	delete(b.subscriptions, sub.name)
	if target, found := b.topics[sub.config.Load().Topic]; found {
		delete(target.subscriptions, sub.name)
	}
	for _, id := range sub.backlog.ids(nil) {
		b.acknowledge(sub, id)
	}
	sub.stop()
	return &emptypb.Empty{}, nil
}
