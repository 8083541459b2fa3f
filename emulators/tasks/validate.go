package tasks

import (
	"math"
	"net/url"
	"time"

	pb "cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Limits of the service, and its defaults for a queue and a task.
const (
	maxTaskBytes        = 100 << 10
	maxHeaderBytes      = 80 << 10
	maxURLBytes         = 2083
	maxAhead            = 30 * 24 * time.Hour
	minDispatchDeadline = 15 * time.Second
	maxDispatchDeadline = 30 * time.Minute

	defaultDispatchDeadline = 10 * time.Minute
	maxRate                 = 500
	maxConcurrent           = 5000
	defaultConcurrent       = 1000
	defaultAttempts         = 100
	defaultMinBackoff       = 100 * time.Millisecond
	defaultMaxBackoff       = time.Hour
	defaultDoublings        = 16
)

func unimplemented(feature string) error {
	return status.Errorf(codes.Unimplemented, "the Cloud Tasks emulator does not support %s", feature)
}

// completeQueue fills in defaults and checks the rest.
func completeQueue(config *pb.Queue) error {
	if config.HttpTarget != nil {
		return unimplemented("queue-level HTTP targets")
	}
	if config.AppEngineRoutingOverride != nil {
		return unimplemented("App Engine targets")
	}
	if config.State == pb.Queue_STATE_UNSPECIFIED {
		config.State = pb.Queue_RUNNING
	}
	if err := completeRates(config); err != nil {
		return err
	}
	return completeRetries(config)
}

func completeRates(config *pb.Queue) error {
	if config.RateLimits == nil {
		config.RateLimits = &pb.RateLimits{}
	}
	limits := config.RateLimits
	if limits.MaxDispatchesPerSecond == 0 {
		limits.MaxDispatchesPerSecond = maxRate
	}
	if limits.MaxConcurrentDispatches == 0 {
		limits.MaxConcurrentDispatches = defaultConcurrent
	}
	if r := limits.MaxDispatchesPerSecond; !(r > 0 && r <= maxRate) {
		return invalid("rate_limits.max_dispatches_per_second: %v, must be above 0 and at most %d", r, maxRate)
	}
	if c := limits.MaxConcurrentDispatches; c < 1 || c > maxConcurrent {
		return invalid("rate_limits.max_concurrent_dispatches: %d, must be 1 to %d", c, maxConcurrent)
	}
	limits.MaxBurstSize = int32(math.Ceil(limits.MaxDispatchesPerSecond))
	return nil
}

func completeRetries(config *pb.Queue) error {
	if config.RetryConfig == nil {
		config.RetryConfig = &pb.RetryConfig{}
	}
	retry := config.RetryConfig
	if retry.MaxAttempts == 0 {
		retry.MaxAttempts = defaultAttempts
	}
	if retry.MinBackoff == nil {
		retry.MinBackoff = durationpb.New(defaultMinBackoff)
	}
	if retry.MaxBackoff == nil {
		retry.MaxBackoff = durationpb.New(defaultMaxBackoff)
	}
	if retry.MaxDoublings == 0 {
		retry.MaxDoublings = defaultDoublings
	}
	if retry.MaxAttempts < -1 {
		return invalid("retry_config.max_attempts: %d, must be -1 or positive", retry.MaxAttempts)
	}
	if retry.MaxDoublings < 0 || retry.MaxRetryDuration.AsDuration() < 0 {
		return invalid("retry_config: max_doublings and max_retry_duration must not be negative")
	}
	if shortest := retry.MinBackoff.AsDuration(); shortest < 0 || shortest > retry.MaxBackoff.AsDuration() {
		return invalid("retry_config.min_backoff: %s, must be 0s to max_backoff", shortest)
	}
	return nil
}

// completeTask fills in what the caller left to the service and checks the rest.
func completeTask(spec *pb.Task, now time.Time) error {
	if spec.GetAppEngineHttpRequest() != nil {
		return unimplemented("App Engine targets")
	}
	if err := completeTarget(spec.GetHttpRequest()); err != nil {
		return err
	}
	if spec.DispatchDeadline == nil {
		spec.DispatchDeadline = durationpb.New(defaultDispatchDeadline)
	}
	if d := spec.DispatchDeadline.AsDuration(); d < minDispatchDeadline || d > maxDispatchDeadline {
		return invalid("task.dispatch_deadline: %s, must be %s to %s", d, minDispatchDeadline, maxDispatchDeadline)
	}
	spec.CreateTime = timestamppb.New(now.Truncate(time.Second))
	spec.DispatchCount, spec.ResponseCount = 0, 0
	spec.FirstAttempt, spec.LastAttempt = nil, nil
	if spec.RetryConfig != nil {
		return unimplemented("retry_config of a task")
	}
	return completeScheduleTime(spec, now)
}

func completeScheduleTime(spec *pb.Task, now time.Time) error {
	if spec.ScheduleTime == nil {
		spec.ScheduleTime = timestamppb.New(now)
		return nil
	}
	if err := spec.ScheduleTime.CheckValid(); err != nil {
		return invalid("task.schedule_time: %v", err)
	}
	due := spec.ScheduleTime.AsTime()
	if due.Sub(now) > maxAhead {
		return invalid("task.schedule_time: %s is more than 30 days after %s",
			due.Format(time.RFC3339), now.Format(time.RFC3339))
	}
	if due.Before(now) {
		spec.ScheduleTime = timestamppb.New(now)
	}
	return nil
}

func completeTarget(target *pb.HttpRequest) error {
	if target == nil {
		return invalid("task.http_request: missing")
	}
	parsed, err := url.Parse(target.Url)
	if err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return invalid("task.http_request.url: %q is not an HTTP URL", target.Url)
	}
	if len(target.Url) > maxURLBytes {
		return invalid("task.http_request.url: over %d bytes", maxURLBytes)
	}
	if target.HttpMethod == pb.HttpMethod_HTTP_METHOD_UNSPECIFIED {
		target.HttpMethod = pb.HttpMethod_POST
	}
	switch target.HttpMethod {
	case pb.HttpMethod_POST, pb.HttpMethod_PUT, pb.HttpMethod_PATCH:
	default:
		if len(target.Body) > 0 {
			return invalid("task.http_request.body: not allowed with %s", target.HttpMethod)
		}
	}
	return checkSizes(target)
}

func checkSizes(target *pb.HttpRequest) error {
	if len(target.Body) > maxTaskBytes {
		return invalid("task.http_request.body: %d bytes, at most %d are allowed", len(target.Body), maxTaskBytes)
	}
	headers := 0
	for name, value := range target.Headers {
		headers += len(name) + len(value)
	}
	if headers > maxHeaderBytes {
		return invalid("task.http_request.headers: %d bytes, at most %d are allowed", headers, maxHeaderBytes)
	}
	return nil
}
