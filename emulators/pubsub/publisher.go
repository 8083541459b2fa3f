package pubsub

import (
	"context"
	"maps"
	"slices"
	"strings"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/kwipper/kwipper/emulators/journal"
)

// publisher is the gRPC service of topics.
type publisher struct {
	pb.UnimplementedPublisherServer
	broker *broker
}

// Publish answers when the messages are durable.
func (p *publisher) Publish(ctx context.Context, request *pb.PublishRequest) (*pb.PublishResponse, error) {
	if err := checkMessages(request.Messages); err != nil {
		return nil, err
	}
	var ids []string
	publish := func() (err error) {
		ids, err = p.broker.publish(request.Topic, request.Messages)
		return err
	}
	var err error
	if around := p.broker.aroundPublish.Load(); around != nil && *around != nil {
		err = (*around)(ctx, request.Topic, publish)
	} else {
		err = publish()
	}
	if err != nil {
		return nil, err
	}
	return &pb.PublishResponse{MessageIds: ids}, nil
}

// CreateTopic creates a topic.
func (p *publisher) CreateTopic(_ context.Context, config *pb.Topic) (*pb.Topic, error) {
	if err := checkName("name", config.Name, "topics"); err != nil {
		return nil, err
	}
	if err := checkTopic(config); err != nil {
		return nil, err
	}
	b := p.broker
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, exists := b.topics[config.Name]; exists {
		return nil, status.Errorf(codes.AlreadyExists, "topic %s exists", config.Name)
	}
	created := &topic{config: proto.CloneOf(config), subscriptions: map[string]*subscription{}}
	created.config.State = pb.Topic_ACTIVE
	if err := b.storeTopic(created.config); err != nil {
		return nil, err
	}
	b.topics[config.Name] = created
	return created.config, nil
}

func (b *broker) storeTopic(config *pb.Topic) error {
	record, err := proto.Marshal(config)
	if err != nil {
		return status.Errorf(codes.Internal, "encode topic: %v", err)
	}
	if err := b.store.Write(journal.Put(topicPrefix+config.Name, record)); err != nil {
		return status.Errorf(codes.Unavailable, "store topic: %v", err)
	}
	return nil
}

// topicLocked finds a topic; broker.mu is held.
func (b *broker) topicLocked(name string) (*topic, error) {
	found, exists := b.topics[name]
	if !exists {
		return nil, status.Errorf(codes.NotFound, "topic %s does not exist", name)
	}
	return found, nil
}

// GetTopic returns a topic.
func (p *publisher) GetTopic(_ context.Context, request *pb.GetTopicRequest) (*pb.Topic, error) {
	p.broker.mu.RLock()
	defer p.broker.mu.RUnlock()
	found, err := p.broker.topicLocked(request.Topic)
	if err != nil {
		return nil, err
	}
	return found.config, nil
}

// UpdateTopic changes the fields that the mask names.
func (p *publisher) UpdateTopic(_ context.Context, request *pb.UpdateTopicRequest) (*pb.Topic, error) {
	b := p.broker
	b.mu.Lock()
	defer b.mu.Unlock()
	found, err := b.topicLocked(request.GetTopic().GetName())
	if err != nil {
		return nil, err
	}
	changed := proto.CloneOf(found.config)
	mutable := []string{"labels", "message_retention_duration", "message_storage_policy", "kms_key_name"}
	if err := applyMask(changed, request.Topic, request.UpdateMask.GetPaths(), mutable); err != nil {
		return nil, err
	}
	if err := b.storeTopic(changed); err != nil {
		return nil, err
	}
	found.config = changed
	return changed, nil
}

// ListTopics lists the topics of a project in order of name.
func (p *publisher) ListTopics(_ context.Context, request *pb.ListTopicsRequest) (*pb.ListTopicsResponse, error) {
	b := p.broker
	b.mu.RLock()
	defer b.mu.RUnlock()
	names, next := page(namesUnder(b.topics, request.Project), request.PageSize, request.PageToken)
	response := &pb.ListTopicsResponse{NextPageToken: next}
	for _, name := range names {
		response.Topics = append(response.Topics, b.topics[name].config)
	}
	return response, nil
}

// namesUnder returns the sorted names of the resources of a project (projects/P).
func namesUnder[T any](resources map[string]T, project string) []string {
	var names []string
	for name := range resources {
		if strings.HasPrefix(name, project+"/") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// ListTopicSubscriptions lists the attached subscriptions of a topic.
func (p *publisher) ListTopicSubscriptions(_ context.Context, request *pb.ListTopicSubscriptionsRequest) (*pb.ListTopicSubscriptionsResponse, error) {
	b := p.broker
	b.mu.RLock()
	defer b.mu.RUnlock()
	found, err := b.topicLocked(request.Topic)
	if err != nil {
		return nil, err
	}
	sorted := slices.Sorted(maps.Keys(found.subscriptions))
	names, next := page(sorted, request.PageSize, request.PageToken)
	return &pb.ListTopicSubscriptionsResponse{Subscriptions: names, NextPageToken: next}, nil
}

// DeleteTopic deletes a topic. Its subscriptions stay and deliver what they have.
func (p *publisher) DeleteTopic(_ context.Context, request *pb.DeleteTopicRequest) (*emptypb.Empty, error) {
	b := p.broker
	b.mu.Lock()
	defer b.mu.Unlock()
	found, err := b.topicLocked(request.Topic)
	if err != nil {
		return nil, err
	}
	for _, sub := range found.subscriptions {
		orphan := proto.CloneOf(sub.config.Load())
		orphan.Topic = deletedTopic
		if err := b.storeSubscription(orphan); err != nil {
			return nil, err
		}
		sub.config.Store(orphan)
	}
	if err := b.store.Write(journal.Remove(topicPrefix + request.Topic)); err != nil {
		return nil, status.Errorf(codes.Unavailable, "delete topic: %v", err)
	}
	delete(b.topics, request.Topic)
	return &emptypb.Empty{}, nil
}

// DetachSubscription drops what a subscription holds and ends its deliveries for good.
func (p *publisher) DetachSubscription(_ context.Context, request *pb.DetachSubscriptionRequest) (*pb.DetachSubscriptionResponse, error) {
	b := p.broker
	b.mu.Lock()
	defer b.mu.Unlock()
	sub, err := b.subscriptionLocked(request.Subscription)
	if err != nil {
		return nil, err
	}
	detached := proto.CloneOf(sub.config.Load())
	detached.Detached = true
	if err := b.storeSubscription(detached); err != nil {
		return nil, err
	}
	sub.config.Store(detached)
	b.restartPush(sub)
	if target, found := b.topics[detached.Topic]; found {
		delete(target.subscriptions, sub.name)
	}
	for _, id := range sub.backlog.ids(nil) {
		b.acknowledge(sub, id)
	}
	return &pb.DetachSubscriptionResponse{}, nil
}
