package scheduler

import (
	"net/url"
	"regexp"
	"strings"
	"time"

	pb "cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// Limits of the service, and its defaults for a job.
const (
	maxBodyBytes       = 1 << 20
	maxURIBytes        = 2083
	maxRetryCount      = 5
	minAttemptDeadline = 15 * time.Second
	maxAttemptDeadline = 30 * time.Minute

	defaultAttemptDeadline = 3 * time.Minute
	defaultMinBackoff      = 5 * time.Second
	defaultMaxBackoff      = time.Hour
	defaultDoublings       = 5
)

var (
	locationName = regexp.MustCompile(`^projects/[^/]+/locations/[^/]+$`)
	jobName      = regexp.MustCompile(`^projects/[^/]+/locations/[^/]+/jobs/[A-Za-z0-9_-]{1,500}$`)
	topicName    = regexp.MustCompile(`^projects/[^/]+/topics/[^/]+$`)
)

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

func unimplemented(feature string) error {
	return status.Errorf(codes.Unimplemented, "the Cloud Scheduler emulator does not support %s", feature)
}

// completeJob fills in defaults, checks the rest and returns the schedule.
func completeJob(config *pb.Job, now time.Time) (schedule, error) {
	if err := completeTarget(config); err != nil {
		return schedule{}, err
	}
	if err := completeRetries(config); err != nil {
		return schedule{}, err
	}
	if config.TimeZone == "" {
		config.TimeZone = "UTC"
	}
	if strings.HasPrefix(strings.TrimSpace(config.Schedule), "every") {
		return schedule{}, unimplemented("App Engine's English schedules")
	}
	when, err := parseSchedule(config.Schedule, config.TimeZone, now)
	if err != nil {
		return schedule{}, invalid("job.%v", err)
	}
	return when, nil
}

func completeTarget(config *pb.Job) error {
	switch target := config.Target.(type) {
	case *pb.Job_HttpTarget:
		return completeHTTPTarget(config, target.HttpTarget)
	case *pb.Job_PubsubTarget:
		return checkPubsubTarget(target.PubsubTarget)
	case *pb.Job_AppEngineHttpTarget:
		return unimplemented("App Engine targets")
	}
	return invalid("job.target: missing")
}

func completeHTTPTarget(config *pb.Job, target *pb.HttpTarget) error {
	parsed, err := url.Parse(target.GetUri())
	if err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return invalid("job.http_target.uri: %q is not an HTTP URL", target.GetUri())
	}
	if len(target.Uri) > maxURIBytes {
		return invalid("job.http_target.uri: over %d bytes", maxURIBytes)
	}
	if target.HttpMethod == pb.HttpMethod_HTTP_METHOD_UNSPECIFIED {
		target.HttpMethod = pb.HttpMethod_POST
	}
	switch target.HttpMethod {
	case pb.HttpMethod_POST, pb.HttpMethod_PUT, pb.HttpMethod_PATCH:
	default:
		if len(target.Body) > 0 {
			return invalid("job.http_target.body: not allowed with %s", target.HttpMethod)
		}
	}
	if len(target.Body) > maxBodyBytes {
		return invalid("job.http_target.body: %d bytes, at most %d are allowed", len(target.Body), maxBodyBytes)
	}
	if config.AttemptDeadline == nil {
		config.AttemptDeadline = durationpb.New(defaultAttemptDeadline)
	}
	if d := config.AttemptDeadline.AsDuration(); d < minAttemptDeadline || d > maxAttemptDeadline {
		return invalid("job.attempt_deadline: %s, must be %s to %s", d, minAttemptDeadline, maxAttemptDeadline)
	}
	return nil
}

func checkPubsubTarget(target *pb.PubsubTarget) error {
	if !topicName.MatchString(target.GetTopicName()) {
		return invalid("job.pubsub_target.topic_name: %q is not of the form projects/{project}/topics/{id}",
			target.GetTopicName())
	}
	if len(target.Data) == 0 && len(target.Attributes) == 0 {
		return invalid("job.pubsub_target: neither data nor attributes")
	}
	return nil
}

func completeRetries(config *pb.Job) error {
	if config.RetryConfig == nil {
		config.RetryConfig = &pb.RetryConfig{}
	}
	retry := config.RetryConfig
	if retry.MinBackoffDuration == nil {
		retry.MinBackoffDuration = durationpb.New(defaultMinBackoff)
	}
	if retry.MaxBackoffDuration == nil {
		retry.MaxBackoffDuration = durationpb.New(defaultMaxBackoff)
	}
	if retry.MaxDoublings == 0 {
		retry.MaxDoublings = defaultDoublings
	}
	if retry.RetryCount < 0 || retry.RetryCount > maxRetryCount {
		return invalid("job.retry_config.retry_count: %d, must be 0 to %d", retry.RetryCount, maxRetryCount)
	}
	if retry.MaxDoublings < 0 || retry.MaxRetryDuration.AsDuration() < 0 {
		return invalid("job.retry_config: max_doublings and max_retry_duration must not be negative")
	}
	if shortest := retry.MinBackoffDuration.AsDuration(); shortest < 0 || shortest > retry.MaxBackoffDuration.AsDuration() {
		return invalid("job.retry_config.min_backoff_duration: %s, must be 0s to max_backoff_duration", shortest)
	}
	return nil
}
