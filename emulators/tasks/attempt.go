package tasks

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	pb "cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/kwipper/kwipper/emulators/outbound"
)

// previousResponse is how an attempt's status message carries the HTTP status.
const previousResponse = "HTTP status code %d"

// attempt makes one attempt at a task and settles it.
func (s *Server) attempt(ctx context.Context, q *queue, spec *pb.Task) {
	started := time.Now()
	status, err := s.send(ctx, q, spec)
	if ctx.Err() != nil {
		return // stopping; the stored task is attempted again
	}
	record := Attempt{
		Time:      started,
		Duration:  time.Since(started),
		Queue:     q.name,
		Task:      spec.Name,
		URL:       spec.GetHttpRequest().GetUrl(),
		Number:    int(spec.DispatchCount),
		Status:    status,
		Succeeded: err == nil && status >= 200 && status <= 299,
	}
	if err != nil {
		record.Error = err.Error()
	}
	s.history.add(record)
	if record.Succeeded {
		s.endTask(q, spec.Name)
		return
	}
	s.logger.Debug("task failed", "task", spec.Name, "attempt", spec.DispatchCount, "status", status, "error", err)
	s.retryOrGiveUp(q, attempted(spec, started, status, err))
}

// attempted returns the task as it is after a failed attempt.
func attempted(spec *pb.Task, started time.Time, status int, failure error) *pb.Task {
	after := proto.CloneOf(spec)
	made := &pb.Attempt{
		ScheduleTime: spec.ScheduleTime,
		DispatchTime: timestamppb.New(started),
	}
	if status != 0 {
		after.ResponseCount++
		made.ResponseTime = timestamppb.Now()
		made.ResponseStatus = &rpcstatus.Status{Code: int32(codes.Unknown), Message: fmt.Sprintf(previousResponse, status)}
	} else {
		made.ResponseStatus = &rpcstatus.Status{Code: int32(codes.Unavailable), Message: failure.Error()}
	}
	after.LastAttempt = made
	if after.FirstAttempt == nil {
		after.FirstAttempt = &pb.Attempt{DispatchTime: made.DispatchTime}
	}
	return after
}

func (s *Server) retryOrGiveUp(q *queue, after *pb.Task) {
	config := q.currentConfig().RetryConfig
	age := time.Since(after.FirstAttempt.DispatchTime.AsTime())
	if givesUp(config, int(after.DispatchCount), age) {
		s.logger.Warn("task given up", "task", after.Name, "attempts", after.DispatchCount,
			"last", after.LastAttempt.ResponseStatus.Message)
		s.endTask(q, after.Name)
		return
	}
	t, waiting := q.retry(after, backoff(config).After(int(after.DispatchCount)))
	if !waiting {
		return
	}
	s.storeAttempt(q, t, after)
}

// storeAttempt must not bring back a task that was deleted meanwhile.
func (s *Server) storeAttempt(q *queue, t *task, after *pb.Task) {
	change, err := putSpec(after, t.named)
	if err == nil {
		q.mu.Lock()
		if q.tasks[after.Name] == t {
			err = s.store.WriteLazily(change)
		}
		q.mu.Unlock()
	}
	if err != nil {
		s.logger.Warn("attempt not stored", "task", after.Name, "error", err)
	}
}

func (s *Server) send(ctx context.Context, q *queue, spec *pb.Task) (int, error) {
	deadline := spec.DispatchDeadline.AsDuration()
	return s.sender.Send(ctx, deadline, identity(spec.GetHttpRequest()), s.faultFor(ctx, q, spec),
		func(ctx context.Context) (*http.Request, error) { return newRequest(ctx, q.name, spec) })
}

func (s *Server) faultFor(ctx context.Context, q *queue, spec *pb.Task) outbound.Fault {
	interceptor := *s.interceptor.Load()
	if interceptor == nil {
		return outbound.Fault{}
	}
	target := spec.GetHttpRequest()
	return interceptor(ctx, DispatchAttempt{
		Queue:   q.name,
		Task:    spec.Name,
		Method:  target.GetHttpMethod().String(),
		URL:     target.GetUrl(),
		Headers: target.GetHeaders(),
		Body:    target.GetBody(),
		Attempt: int(spec.DispatchCount),
	})
}

func identity(target *pb.HttpRequest) outbound.Identity {
	if token := target.GetOidcToken(); token != nil {
		audience := token.Audience
		if audience == "" {
			audience = target.Url
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

func newRequest(ctx context.Context, queueName string, spec *pb.Task) (*http.Request, error) {
	target := spec.GetHttpRequest()
	request, err := http.NewRequestWithContext(ctx, target.HttpMethod.String(), target.Url, bytes.NewReader(target.Body))
	if err != nil {
		return nil, fmt.Errorf("request of task %s: %w", spec.Name, err)
	}
	for name, value := range target.Headers {
		if !reserved(name) {
			request.Header.Set(name, value)
		}
	}
	request.Header.Set("User-Agent", "Google-Cloud-Tasks")
	request.Header.Set("X-CloudTasks-QueueName", lastPart(queueName))
	request.Header.Set("X-CloudTasks-TaskName", lastPart(spec.Name))
	request.Header.Set("X-CloudTasks-TaskRetryCount", strconv.Itoa(int(spec.DispatchCount)-1))
	request.Header.Set("X-CloudTasks-TaskExecutionCount", strconv.Itoa(int(spec.ResponseCount)))
	eta := spec.ScheduleTime.AsTime()
	request.Header.Set("X-CloudTasks-TaskETA", fmt.Sprintf("%d.%06d", eta.Unix(), eta.Nanosecond()/1000))
	var status int
	if n, _ := fmt.Sscanf(spec.LastAttempt.GetResponseStatus().GetMessage(), previousResponse, &status); n == 1 {
		request.Header.Set("X-CloudTasks-TaskPreviousResponse", strconv.Itoa(status))
	}
	return request, nil
}

// reserved headers are set by the service, whatever the task says.
func reserved(name string) bool {
	name = strings.ToLower(name)
	return name == "host" || name == "content-length" || name == "user-agent" ||
		strings.HasPrefix(name, "x-google-") || strings.HasPrefix(name, "x-appengine-") ||
		strings.HasPrefix(name, "x-cloudtasks-")
}
