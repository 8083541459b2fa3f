package scheduler

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	pb "cloud.google.com/go/scheduler/apiv1/schedulerpb"

	"github.com/kwipper/kwipper/emulators/outbound"
)

// keep fires a job whenever business time reaches its next instant.
func (s *Server) keep(j *job) {
	for j.ctx.Err() == nil {
		if config, instant, due := j.begin(s.options.Clock.Now()); due {
			s.execute(j, config, instant)
			continue
		}
		s.await(j)
	}
}

// await returns when the next instant has come, was changed, or the job is stopped.
func (s *Server) await(j *job) {
	waiting, cancel := context.WithCancel(j.ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-j.moved:
			cancel()
		case <-waiting.Done():
		}
	}()
	if _, next := j.current(); next.IsZero() {
		<-waiting.Done()
	} else {
		_ = s.options.Clock.Wait(waiting, next) // an error means that the instant was changed
	}
	cancel()
	<-watched // or it could swallow the next signal
}

// execute runs a job for an instant, with its retries, and stores the outcome.
func (s *Server) execute(j *job, config *pb.Job, instant time.Time) {
	err := s.attemptAll(j, config, instant)
	if j.ctx.Err() != nil {
		return // stopping; the stored job fires again
	}
	if err != nil {
		s.logger.Warn("job failed", "job", j.name, "error", err)
	}
	if err := j.finish(s.options.Clock.Now(), err, s.storeJob); err != nil {
		s.logger.Warn("end of a job not stored, it may run again", "job", j.name, "error", err)
	}
}

// attemptAll returns the error of the last attempt.
func (s *Server) attemptAll(j *job, config *pb.Job, instant time.Time) error {
	first := time.Now()
	for attempt := 1; ; attempt++ {
		err := s.attempt(j, config, instant, attempt)
		if err == nil || givesUp(config.RetryConfig, attempt, time.Since(first)) {
			return err
		}
		if waitErr := outbound.Pause(j.ctx, backoff(config.RetryConfig).After(attempt)); waitErr != nil {
			return waitErr
		}
		if j.overtaken(s.options.Clock.Now()) {
			return err
		}
	}
}

// givesUp tells whether a failed attempt was the last one. Both limits must be met where
// both are set.
func givesUp(config *pb.RetryConfig, attempts int, age time.Duration) bool {
	limit := config.MaxRetryDuration.AsDuration()
	if config.RetryCount == 0 && limit == 0 {
		return true
	}
	return attempts > int(config.RetryCount) && age >= limit
}

func backoff(config *pb.RetryConfig) outbound.Backoff {
	return outbound.Backoff{
		Min:       config.MinBackoffDuration.AsDuration(),
		Max:       config.MaxBackoffDuration.AsDuration(),
		Doublings: int(config.MaxDoublings),
	}
}

func (s *Server) attempt(j *job, config *pb.Job, instant time.Time, attempt int) error {
	run := Run{Time: time.Now(), Job: j.name, ScheduleTime: instant, Attempt: attempt}
	var err error
	if target := config.GetPubsubTarget(); target != nil {
		err = s.publish(j.ctx, target)
	} else {
		run.Status, err = s.call(j.ctx, config, instant, attempt)
	}
	run.Duration = time.Since(run.Time)
	if err != nil {
		run.Error = err.Error()
	}
	s.history.add(run)
	return err
}

func (s *Server) publish(ctx context.Context, target *pb.PubsubTarget) error {
	if s.options.Publisher == nil {
		return errors.New("the emulator has no publisher for Pub/Sub targets")
	}
	if _, err := s.options.Publisher.Publish(ctx, target.TopicName, target.Data, target.Attributes); err != nil {
		return fmt.Errorf("publish to %s: %w", target.TopicName, err)
	}
	return nil
}

func (s *Server) call(ctx context.Context, config *pb.Job, instant time.Time, attempt int) (int, error) {
	target := config.GetHttpTarget()
	fault := outbound.Fault{}
	if interceptor := *s.interceptor.Load(); interceptor != nil {
		fault = interceptor(ctx, RunAttempt{
			Job:          config.Name,
			Method:       target.HttpMethod.String(),
			URL:          target.Uri,
			Body:         target.Body,
			ScheduleTime: instant,
			Attempt:      attempt,
		})
	}
	status, err := s.sender.Send(ctx, config.AttemptDeadline.AsDuration(), identity(target), fault,
		func(ctx context.Context) (*http.Request, error) { return newRequest(ctx, config, instant) })
	if err == nil && (status < 200 || status > 299) {
		err = fmt.Errorf("answered with HTTP status %d", status)
	}
	return status, err
}

func identity(target *pb.HttpTarget) outbound.Identity {
	if token := target.GetOidcToken(); token != nil {
		audience := token.Audience
		if audience == "" {
			audience = target.Uri
		}
		return outbound.Identity{ServiceAccountEmail: token.ServiceAccountEmail, Audience: audience}
	}
	if token := target.GetOauthToken(); token != nil {
		scope := token.Scope
		if scope == "" {
			scope = "https://www.googleapis.com/auth/cloud-platform"
		}
		return outbound.Identity{ServiceAccountEmail: token.ServiceAccountEmail, Audience: scope}
	}
	return outbound.Identity{}
}

func newRequest(ctx context.Context, config *pb.Job, instant time.Time) (*http.Request, error) {
	target := config.GetHttpTarget()
	request, err := http.NewRequestWithContext(ctx, target.HttpMethod.String(), target.Uri, bytes.NewReader(target.Body))
	if err != nil {
		return nil, fmt.Errorf("request of job %s: %w", config.Name, err)
	}
	if len(target.Body) > 0 {
		request.Header.Set("Content-Type", "application/octet-stream")
	}
	for name, value := range target.Headers {
		if !reserved(name) {
			request.Header.Set(name, value)
		}
	}
	request.Header.Set("User-Agent", "Google-Cloud-Scheduler")
	request.Header.Set("X-CloudScheduler", "true")
	request.Header.Set("X-CloudScheduler-JobName", config.Name[strings.LastIndexByte(config.Name, '/')+1:])
	request.Header.Set("X-CloudScheduler-ScheduleTime", instant.UTC().Format(time.RFC3339))
	return request, nil
}

// reserved headers are set by the service, whatever the job says.
func reserved(name string) bool {
	name = strings.ToLower(name)
	return name == "host" || name == "content-length" || name == "user-agent" ||
		strings.HasPrefix(name, "x-google-") || strings.HasPrefix(name, "x-appengine-") ||
		strings.HasPrefix(name, "x-cloudscheduler")
}
