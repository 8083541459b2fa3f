package pubsub

import (
	"net/url"
	"strings"
	"time"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Limits of the service.
const (
	maxMessagesPerPublish = 1000
	maxPublishBytes       = 10 << 20
	maxAttributes         = 100
	maxAttributeKeyBytes  = 256
	maxAttributeBytes     = 1024
	maxOrderingKeyBytes   = 1024

	minAckDeadlineSeconds     = 10
	maxAckDeadlineSeconds     = 600
	minDeliveryAttempts       = 5
	maxDeliveryAttempts       = 100
	maxBackoff                = 600 * time.Second
	minRetention              = 10 * time.Minute
	maxRetention              = 31 * 24 * time.Hour
	defaultRetention          = 7 * 24 * time.Hour
	defaultAckDeadlineSeconds = 10
)

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

func unimplemented(feature string) error {
	return status.Errorf(codes.Unimplemented, "the Pub/Sub emulator does not support %s", feature)
}

func checkMessages(messages []*pb.PubsubMessage) error {
	if len(messages) == 0 || len(messages) > maxMessagesPerPublish {
		return invalid("messages: %d given, 1 to %d are allowed", len(messages), maxMessagesPerPublish)
	}
	total := 0
	for i, m := range messages {
		if err := checkMessage(i, m); err != nil {
			return err
		}
		total += len(m.Data)
	}
	if total > maxPublishBytes {
		return invalid("messages: %d bytes, at most %d are allowed", total, maxPublishBytes)
	}
	return nil
}

func checkMessage(i int, m *pb.PubsubMessage) error {
	if len(m.GetData()) == 0 && len(m.GetAttributes()) == 0 && m.GetOrderingKey() == "" {
		return invalid("messages[%d]: neither data nor attributes nor an ordering key", i)
	}
	if len(m.OrderingKey) > maxOrderingKeyBytes {
		return invalid("messages[%d].ordering_key: over %d bytes", i, maxOrderingKeyBytes)
	}
	if len(m.Attributes) > maxAttributes {
		return invalid("messages[%d].attributes: over %d", i, maxAttributes)
	}
	for key, value := range m.Attributes {
		if key == "" || len(key) > maxAttributeKeyBytes || len(value) > maxAttributeBytes {
			return invalid("messages[%d].attributes[%q]: empty key, key over %d or value over %d bytes",
				i, key, maxAttributeKeyBytes, maxAttributeBytes)
		}
	}
	return nil
}

// checkTopic refuses what would silently do nothing here.
func checkTopic(config *pb.Topic) error {
	switch {
	case config.SchemaSettings != nil:
		return unimplemented("schemas")
	case config.IngestionDataSourceSettings != nil:
		return unimplemented("ingestion")
	case len(config.MessageTransforms) > 0:
		return unimplemented("message transforms")
	}
	return nil
}

// completeSubscription fills in defaults and checks what can be checked without state.
func completeSubscription(config *pb.Subscription) error {
	if err := checkSupported(config); err != nil {
		return err
	}
	if config.AckDeadlineSeconds == 0 {
		config.AckDeadlineSeconds = defaultAckDeadlineSeconds
	}
	if config.MessageRetentionDuration == nil {
		config.MessageRetentionDuration = durationpb.New(defaultRetention)
	}
	if config.PushConfig == nil {
		config.PushConfig = &pb.PushConfig{}
	}
	config.State = pb.Subscription_ACTIVE
	return checkSubscription(config)
}

func checkSupported(config *pb.Subscription) error {
	switch {
	case config.EnableExactlyOnceDelivery:
		return unimplemented("exactly-once delivery")
	case config.BigqueryConfig != nil:
		return unimplemented("BigQuery subscriptions")
	case config.BigtableConfig != nil:
		return unimplemented("Bigtable subscriptions")
	case config.CloudStorageConfig != nil:
		return unimplemented("Cloud Storage subscriptions")
	case len(config.MessageTransforms) > 0:
		return unimplemented("message transforms")
	case config.RetainAckedMessages:
		return unimplemented("retaining acknowledged messages")
	}
	return nil
}

func checkSubscription(config *pb.Subscription) error {
	if seconds := config.AckDeadlineSeconds; seconds < minAckDeadlineSeconds || seconds > maxAckDeadlineSeconds {
		return invalid("ack_deadline_seconds: %d, must be %d to %d",
			seconds, minAckDeadlineSeconds, maxAckDeadlineSeconds)
	}
	if kept := config.MessageRetentionDuration.AsDuration(); kept < minRetention || kept > maxRetention {
		return invalid("message_retention_duration: %s, must be %s to %s", kept, minRetention, maxRetention)
	}
	if err := checkRetryPolicy(config.RetryPolicy); err != nil {
		return err
	}
	if err := checkDeadLetterPolicy(config.DeadLetterPolicy); err != nil {
		return err
	}
	return checkPushConfig(config.PushConfig)
}

func checkRetryPolicy(policy *pb.RetryPolicy) error {
	if policy == nil {
		return nil
	}
	shortest := durationOr(policy.MinimumBackoff, policyMinBackoff)
	longest := durationOr(policy.MaximumBackoff, policyMaxBackoff)
	if shortest < 0 || longest > maxBackoff || shortest > longest {
		return invalid("retry_policy: back-off of %s to %s, must be within 0s and %s and in order",
			shortest, longest, maxBackoff)
	}
	return nil
}

func checkDeadLetterPolicy(policy *pb.DeadLetterPolicy) error {
	if policy == nil {
		return nil
	}
	attempts := policy.MaxDeliveryAttempts
	if attempts != 0 && (attempts < minDeliveryAttempts || attempts > maxDeliveryAttempts) {
		return invalid("dead_letter_policy.max_delivery_attempts: %d, must be %d to %d",
			attempts, minDeliveryAttempts, maxDeliveryAttempts)
	}
	if policy.DeadLetterTopic == "" {
		return nil
	}
	return checkName("dead_letter_policy.dead_letter_topic", policy.DeadLetterTopic, "topics")
}

func checkPushConfig(config *pb.PushConfig) error {
	endpoint := config.GetPushEndpoint()
	if endpoint == "" {
		return nil
	}
	parsed, err := url.Parse(endpoint)
	if err != nil || parsed.Host == "" || !strings.HasPrefix(parsed.Scheme, "http") {
		return invalid("push_config.push_endpoint: %q is not an HTTP URL", endpoint)
	}
	if token := config.GetOidcToken(); token != nil && token.ServiceAccountEmail == "" {
		return invalid("push_config.oidc_token.service_account_email: missing")
	}
	return nil
}
