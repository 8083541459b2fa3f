package tasks

import (
	"context"
	"slices"
	"strings"

	pb "cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/kwipper/kwipper/emulators/journal"
)

// service is the gRPC service.
type service struct {
	pb.UnimplementedCloudTasksServer
	server *Server
}

// CreateQueue creates a queue and starts it.
func (v *service) CreateQueue(_ context.Context, request *pb.CreateQueueRequest) (*pb.Queue, error) {
	name := request.GetQueue().GetName()
	if err := checkName("parent", request.Parent, locationName); err != nil {
		return nil, err
	}
	if err := checkName("queue.name", name, queueName); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(name, request.Parent+"/") {
		return nil, invalid("queue.name: %q is not within parent %q", name, request.Parent)
	}
	s := v.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, exists := s.queues[name]; exists {
		return nil, status.Errorf(codes.AlreadyExists, "queue %s exists", name)
	}
	return s.createLocked(proto.CloneOf(request.Queue))
}

func (s *Server) createLocked(config *pb.Queue) (*pb.Queue, error) {
	config.State = pb.Queue_RUNNING
	if err := completeQueue(config); err != nil {
		return nil, err
	}
	if err := s.storeQueue(config); err != nil {
		return nil, err
	}
	q := newQueue(config)
	s.queues[q.name] = q
	s.run(q)
	return config, nil
}

func (s *Server) storeQueue(config *pb.Queue) error {
	record, err := proto.Marshal(config)
	if err != nil {
		return status.Errorf(codes.Internal, "encode queue: %v", err)
	}
	if err := s.store.Write(journal.Put(queuePrefix+config.Name, record)); err != nil {
		return status.Errorf(codes.Unavailable, "store queue: %v", err)
	}
	return nil
}

// queueLocked finds a queue; s.mu is held.
func (s *Server) queueLocked(name string) (*queue, error) {
	q, found := s.queues[name]
	if !found {
		return nil, status.Errorf(codes.NotFound, "queue %s does not exist", name)
	}
	return q, nil
}

// GetQueue returns a queue.
func (v *service) GetQueue(_ context.Context, request *pb.GetQueueRequest) (*pb.Queue, error) {
	s := v.server
	s.mu.RLock()
	defer s.mu.RUnlock()
	q, err := s.queueLocked(request.Name)
	if err != nil {
		return nil, err
	}
	return q.currentConfig(), nil
}

// ListQueues lists the queues of a location in order of name.
func (v *service) ListQueues(_ context.Context, request *pb.ListQueuesRequest) (*pb.ListQueuesResponse, error) {
	if request.Filter != "" {
		return nil, unimplemented("filters of queues")
	}
	s := v.server
	s.mu.RLock()
	defer s.mu.RUnlock()
	var sorted []string
	for name := range s.queues {
		if strings.HasPrefix(name, request.Parent+"/queues/") {
			sorted = append(sorted, name)
		}
	}
	slices.Sort(sorted)
	names, next := page(sorted, request.PageSize, request.PageToken)
	response := &pb.ListQueuesResponse{NextPageToken: next}
	for _, name := range names {
		response.Queues = append(response.Queues, s.queues[name].currentConfig())
	}
	return response, nil
}

// UpdateQueue changes limits and retries, and creates the queue if there is none. An empty
// mask changes all.
func (v *service) UpdateQueue(_ context.Context, request *pb.UpdateQueueRequest) (*pb.Queue, error) {
	name := request.GetQueue().GetName()
	if err := checkName("queue.name", name, queueName); err != nil {
		return nil, err
	}
	s := v.server
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, exists := s.queues[name]; !exists {
		return s.createLocked(proto.CloneOf(request.Queue))
	}
	return s.changeLocked(name, func(config *pb.Queue) error {
		return applyMask(config, request.Queue, request.UpdateMask.GetPaths())
	})
}

func applyMask(to, from *pb.Queue, paths []string) error {
	if len(paths) == 0 {
		paths = []string{"rate_limits", "retry_config", "stackdriver_logging_config"}
	}
	to.RateLimits, to.RetryConfig = proto.CloneOf(to.RateLimits), proto.CloneOf(to.RetryConfig)
	for _, path := range paths {
		switch path {
		case "rate_limits":
			to.RateLimits = proto.CloneOf(from.RateLimits)
		case "rate_limits.max_dispatches_per_second":
			to.RateLimits.MaxDispatchesPerSecond = from.GetRateLimits().GetMaxDispatchesPerSecond()
		case "rate_limits.max_concurrent_dispatches":
			to.RateLimits.MaxConcurrentDispatches = from.GetRateLimits().GetMaxConcurrentDispatches()
		case "retry_config":
			to.RetryConfig = proto.CloneOf(from.RetryConfig)
		case "retry_config.max_attempts":
			to.RetryConfig.MaxAttempts = from.GetRetryConfig().GetMaxAttempts()
		case "retry_config.max_retry_duration":
			to.RetryConfig.MaxRetryDuration = from.GetRetryConfig().GetMaxRetryDuration()
		case "retry_config.min_backoff":
			to.RetryConfig.MinBackoff = from.GetRetryConfig().GetMinBackoff()
		case "retry_config.max_backoff":
			to.RetryConfig.MaxBackoff = from.GetRetryConfig().GetMaxBackoff()
		case "retry_config.max_doublings":
			to.RetryConfig.MaxDoublings = from.GetRetryConfig().GetMaxDoublings()
		case "stackdriver_logging_config", "stackdriver_logging_config.sampling_ratio":
			to.StackdriverLoggingConfig = from.StackdriverLoggingConfig
		default:
			return invalid("update_mask: %q cannot be changed", path)
		}
	}
	return nil
}

// changeLocked edits a copy of the config, stores it and puts it into force.
func (s *Server) changeLocked(name string, edit func(*pb.Queue) error) (*pb.Queue, error) {
	q, err := s.queueLocked(name)
	if err != nil {
		return nil, err
	}
	config := proto.CloneOf(q.currentConfig())
	if err := edit(config); err != nil {
		return nil, err
	}
	if err := completeQueue(config); err != nil {
		return nil, err
	}
	if err := s.storeQueue(config); err != nil {
		return nil, err
	}
	q.configure(config)
	return config, nil
}

func (s *Server) change(name string, edit func(*pb.Queue) error) (*pb.Queue, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changeLocked(name, edit)
}

// PauseQueue stops dispatching. Tasks can still be created, and run by RunTask.
func (v *service) PauseQueue(_ context.Context, request *pb.PauseQueueRequest) (*pb.Queue, error) {
	return v.server.change(request.Name, func(config *pb.Queue) error {
		config.State = pb.Queue_PAUSED
		return nil
	})
}

// ResumeQueue dispatches again.
func (v *service) ResumeQueue(_ context.Context, request *pb.ResumeQueueRequest) (*pb.Queue, error) {
	return v.server.change(request.Name, func(config *pb.Queue) error {
		config.State = pb.Queue_RUNNING
		return nil
	})
}

// PurgeQueue deletes all tasks of a queue.
func (v *service) PurgeQueue(_ context.Context, request *pb.PurgeQueueRequest) (*pb.Queue, error) {
	s := v.server
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.queueLocked(request.Name)
	if err != nil {
		return nil, err
	}
	if err := s.deleteTasks(q); err != nil {
		return nil, err
	}
	return s.changeLocked(request.Name, func(config *pb.Queue) error {
		config.PurgeTime = timestamppb.New(s.options.Clock.Now())
		return nil
	})
}

// DeleteQueue deletes a queue with its tasks.
func (v *service) DeleteQueue(_ context.Context, request *pb.DeleteQueueRequest) (*emptypb.Empty, error) {
	s := v.server
	s.mu.Lock()
	defer s.mu.Unlock()
	q, err := s.queueLocked(request.Name)
	if err != nil {
		return nil, err
	}
	q.stop()
	if err := s.deleteTasks(q, journal.Remove(queuePrefix+q.name)); err != nil {
		return nil, err
	}
	delete(s.queues, q.name)
	return &emptypb.Empty{}, nil
}
