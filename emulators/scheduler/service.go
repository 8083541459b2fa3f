package scheduler

import (
	"context"
	"slices"
	"strings"
	"time"

	pb "cloud.google.com/go/scheduler/apiv1/schedulerpb"
	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/kwipper/kwipper/emulators/journal"
)

// service is the gRPC service.
type service struct {
	pb.UnimplementedCloudSchedulerServer
	server *Server
}

// CreateJob creates a job; it fires at its next instant.
func (v *service) CreateJob(_ context.Context, request *pb.CreateJobRequest) (*pb.Job, error) {
	if !locationName.MatchString(request.Parent) {
		return nil, invalid("parent: %q is not a well-formed name", request.Parent)
	}
	if request.Job == nil {
		return nil, invalid("job: missing")
	}
	config := proto.CloneOf(request.Job)
	if config.Name == "" {
		config.Name = request.Parent + "/jobs/" + uuid.NewString()
	}
	if !jobName.MatchString(config.Name) || !strings.HasPrefix(config.Name, request.Parent+"/jobs/") {
		return nil, invalid("job.name: %q is not a well-formed name within parent", config.Name)
	}
	s := v.server
	now := s.options.Clock.Now()
	when, err := completeJob(config, now)
	if err != nil {
		return nil, err
	}
	config.State = pb.Job_ENABLED
	config.UserUpdateTime = timestamppb.New(now)
	config.LastAttemptTime, config.Status = nil, nil
	config = withNext(config, when.after(now))

	s.mu.Lock()
	defer s.mu.Unlock()
	if _, exists := s.jobs[config.Name]; exists {
		return nil, status.Errorf(codes.AlreadyExists, "job %s exists", config.Name)
	}
	if err := s.storeJob(config); err != nil {
		return nil, err
	}
	s.startJob(config, when, config.ScheduleTime.AsTime())
	return config, nil
}

func (s *Server) find(name string) (*job, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.findLocked(name)
}

func (s *Server) findLocked(name string) (*job, error) {
	j, found := s.jobs[name]
	if !found {
		return nil, status.Errorf(codes.NotFound, "job %s does not exist", name)
	}
	return j, nil
}

// GetJob returns a job.
func (v *service) GetJob(_ context.Context, request *pb.GetJobRequest) (*pb.Job, error) {
	j, err := v.server.find(request.Name)
	if err != nil {
		return nil, err
	}
	config, next := j.current()
	return withNext(config, next), nil
}

const (
	defaultPageSize = 500
	maxPageSize     = 500
)

// ListJobs lists the jobs of a location in order of name.
func (v *service) ListJobs(_ context.Context, request *pb.ListJobsRequest) (*pb.ListJobsResponse, error) {
	size := int(request.PageSize)
	if size <= 0 || size > maxPageSize {
		size = defaultPageSize
	}
	s := v.server
	s.mu.RLock()
	defer s.mu.RUnlock()
	var names []string
	for name := range s.jobs {
		if strings.HasPrefix(name, request.Parent+"/jobs/") && name > request.PageToken {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	response := &pb.ListJobsResponse{}
	if len(names) > size {
		names = names[:size]
		response.NextPageToken = names[size-1]
	}
	for _, name := range names {
		config, next := s.jobs[name].current()
		response.Jobs = append(response.Jobs, withNext(config, next))
	}
	return response, nil
}

// UpdateJob changes the fields that the mask names, or all of them without a mask.
func (v *service) UpdateJob(_ context.Context, request *pb.UpdateJobRequest) (*pb.Job, error) {
	j, err := v.server.find(request.GetJob().GetName())
	if err != nil {
		return nil, err
	}
	return v.change(j, func(config *pb.Job) error {
		return applyMask(config, request.Job, request.UpdateMask.GetPaths())
	})
}

// mutable are the fields of a job that a caller may change.
var mutable = []string{"description", "schedule", "time_zone", "retry_config", "attempt_deadline",
	"http_target", "pubsub_target", "app_engine_http_target"}

// applyMask copies whole top-level fields; a deeper path stands for the field it is in.
func applyMask(to, from *pb.Job, paths []string) error {
	target, source := to.ProtoReflect(), proto.CloneOf(from).ProtoReflect()
	fields := target.Descriptor().Fields()
	if len(paths) == 0 {
		to.Target = nil
		paths = mutable
	}
	for _, path := range paths {
		name, _, _ := strings.Cut(path, ".")
		if !slices.Contains(mutable, name) {
			return invalid("update_mask: %q cannot be changed", path)
		}
		field := fields.ByName(protoreflect.Name(name))
		if source.Has(field) {
			target.Set(field, source.Get(field))
		} else {
			target.Clear(field)
		}
	}
	return nil
}

// change edits a job; it fires next at the first instant from now on.
func (v *service) change(j *job, edit func(*pb.Job) error) (*pb.Job, error) {
	s := v.server
	return j.change(func(config *pb.Job) (schedule, time.Time, error) {
		if err := edit(config); err != nil {
			return schedule{}, time.Time{}, err
		}
		now := s.options.Clock.Now()
		when, err := completeJob(config, now)
		if err != nil {
			return schedule{}, time.Time{}, err
		}
		config.UserUpdateTime = timestamppb.New(now)
		return when, when.after(now), nil
	}, s.storeJob)
}

// PauseJob keeps a job from firing; RunJob still works.
func (v *service) PauseJob(_ context.Context, request *pb.PauseJobRequest) (*pb.Job, error) {
	return v.setState(request.Name, pb.Job_PAUSED)
}

// ResumeJob lets a job fire from its next instant on.
func (v *service) ResumeJob(_ context.Context, request *pb.ResumeJobRequest) (*pb.Job, error) {
	return v.setState(request.Name, pb.Job_ENABLED)
}

func (v *service) setState(name string, state pb.Job_State) (*pb.Job, error) {
	j, err := v.server.find(name)
	if err != nil {
		return nil, err
	}
	return v.change(j, func(config *pb.Job) error {
		config.State = state
		return nil
	})
}

// DeleteJob deletes a job and ends an execution under way.
func (v *service) DeleteJob(_ context.Context, request *pb.DeleteJobRequest) (*emptypb.Empty, error) {
	s := v.server
	s.mu.Lock()
	defer s.mu.Unlock()
	j, err := s.findLocked(request.Name)
	if err != nil {
		return nil, err
	}
	err = j.remove(func() error { return s.store.Write(journal.Remove(jobPrefix + j.name)) })
	if err != nil {
		return nil, status.Errorf(codes.Unavailable, "delete job: %v", err)
	}
	delete(s.jobs, j.name)
	return &emptypb.Empty{}, nil
}

// RunJob starts an execution now, apart from the schedule, even of a paused job.
func (v *service) RunJob(_ context.Context, request *pb.RunJobRequest) (*pb.Job, error) {
	s := v.server
	s.mu.RLock()
	defer s.mu.RUnlock()
	j, err := s.findLocked(request.Name)
	if err != nil {
		return nil, err
	}
	config := j.force()
	s.workers.Go(func() { s.execute(j, config, s.options.Clock.Now().Truncate(time.Second)) })
	return config, nil
}
