package pubsub

import (
	"maps"
	"math"
	"strconv"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/kwipper/kwipper/emulators/outbound"
)

// Back-off of a push without a retry policy, and the defaults of a policy.
const (
	pushMinBackoff   = 100 * time.Millisecond
	pushMaxBackoff   = time.Minute
	policyMinBackoff = 10 * time.Second
	policyMaxBackoff = 600 * time.Second
)

// backoff is the time to wait after the given number of failed attempts.
func backoff(config *pb.Subscription, attempts int) time.Duration {
	policy := config.RetryPolicy
	switch {
	case policy != nil:
		return exponential(durationOr(policy.MinimumBackoff, policyMinBackoff),
			durationOr(policy.MaximumBackoff, policyMaxBackoff), attempts)
	case config.GetPushConfig().GetPushEndpoint() != "":
		return exponential(pushMinBackoff, pushMaxBackoff, attempts)
	}
	return 0
}

func exponential(shortest, longest time.Duration, attempts int) time.Duration {
	return outbound.Backoff{Min: shortest, Max: longest, Doublings: math.MaxInt}.After(attempts)
}

func durationOr(value *durationpb.Duration, standard time.Duration) time.Duration {
	if value == nil {
		return standard
	}
	return value.AsDuration()
}

// defaultMaxDeliveryAttempts holds for a dead letter policy that does not say.
const defaultMaxDeliveryAttempts = 5

// exhausted tells whether a message goes to the dead letter topic after so many attempts.
func exhausted(config *pb.Subscription, attempts int) bool {
	policy := config.DeadLetterPolicy
	if policy.GetDeadLetterTopic() == "" {
		return false
	}
	limit := int(policy.MaxDeliveryAttempts)
	if limit == 0 {
		limit = defaultMaxDeliveryAttempts
	}
	return attempts >= limit
}

// deadLetter forwards a withheld message to the dead letter topic and acknowledges it.
// If that fails, as when the topic was deleted, the message is retried as before.
func (b *broker) deadLetter(sub *subscription, l lease) {
	config := sub.config.Load()
	target := config.DeadLetterPolicy.GetDeadLetterTopic()
	ids, err := b.publish(target, []*pb.PubsubMessage{deadLetterOf(config, l)})
	if err != nil {
		b.logger.Warn("dead letter not forwarded", "subscription", sub.name,
			"messageID", l.message.MessageId, "topic", target, "error", err)
		sub.backlog.release(l.message.MessageId, backoff(config, l.attempt))
		return
	}
	b.history.addDeadLetter(l.message, DeadLetter{
		Time:         time.Now(),
		Subscription: sub.name,
		Topic:        target,
		ForwardedID:  ids[0],
		Attempts:     l.attempt,
	})
	b.acknowledge(sub, l.message.MessageId)
}

// deadLetterOf copies the message and adds where it comes from.
func deadLetterOf(config *pb.Subscription, l lease) *pb.PubsubMessage {
	attributes := maps.Clone(l.message.Attributes)
	if attributes == nil {
		attributes = map[string]string{}
	}
	attributes["CloudPubSubDeadLetterSourceDeliveryCount"] = strconv.Itoa(l.attempt)
	attributes["CloudPubSubDeadLetterSourceSubscription"] = resourceID(config.Name)
	attributes["CloudPubSubDeadLetterSourceSubscriptionProject"] = projectID(config.Name)
	attributes["CloudPubSubDeadLetterSourceTopicPublishTime"] =
		l.message.PublishTime.AsTime().Format(time.RFC3339Nano)
	return &pb.PubsubMessage{
		Data:        l.message.Data,
		Attributes:  attributes,
		OrderingKey: l.message.OrderingKey,
	}
}

// expired tells whether a message is older than the subscription keeps messages.
func (b *broker) expired(sub *subscription, m *message) bool {
	retention := durationOr(sub.config.Load().MessageRetentionDuration, defaultRetention)
	return time.Since(m.PublishTime.AsTime()) > retention
}
