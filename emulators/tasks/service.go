package tasks

import (
	"context"
	"time"

	pb "cloud.google.com/go/cloudtasks/apiv2/cloudtaskspb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/kwipper/kwipper/emulators/journal"
)

// CreateTask answers when the task is durable.
func (v *service) CreateTask(_ context.Context, request *pb.CreateTaskRequest) (*pb.Task, error) {
	if request.Task == nil {
		return nil, invalid("task: missing")
	}
	s := v.server
	s.mu.RLock()
	defer s.mu.RUnlock()
	q, err := s.queueLocked(request.Parent)
	if err != nil {
		return nil, err
	}
	spec := proto.CloneOf(request.Task)
	if err := completeTask(spec, s.options.Clock.Now()); err != nil {
		return nil, err
	}
	created := &task{spec: spec, named: spec.Name != ""}
	if !created.named {
		spec.Name = request.Parent + "/tasks/" + newTaskID()
	}
	if err := s.storeNewTask(request.Parent, created); err != nil {
		return nil, err
	}
	q.add(created)
	return viewed(spec, request.ResponseView), nil
}

// storeNewTask claims the name and writes the task.
func (s *Server) storeNewTask(parent string, created *task) error {
	name := created.spec.Name
	if err := checkName("task.name", name, taskName); err != nil {
		return err
	}
	if queueOf(name) != parent {
		return invalid("task.name: %q is not within parent %q", name, parent)
	}
	change, err := putTask(created)
	if err != nil {
		return err
	}
	if created.named && !s.names.claim(name, time.Now()) {
		return status.Errorf(codes.AlreadyExists, "task %s exists or existed too recently", name)
	}
	if err := s.store.Write(change); err != nil {
		s.names.cancel(name)
		return status.Errorf(codes.Unavailable, "store task: %v", err)
	}
	return nil
}

// endTask removes a task that succeeded or was given up.
func (s *Server) endTask(q *queue, name string) {
	if t := q.end(name); t != nil {
		if err := s.store.WriteLazily(s.endChanges(t)...); err != nil {
			s.logger.Warn("end of a task not stored, it may run again", "task", name, "error", err)
		}
	}
}

func (s *Server) endChanges(t *task) []journal.Change {
	changes := []journal.Change{journal.Remove(taskPrefix + t.spec.Name)}
	if t.named {
		changes = append(changes, s.names.release(t.spec.Name, time.Now())...)
	}
	return changes
}

// deleteTasks ends all tasks of a queue, durably, together with changes.
func (s *Server) deleteTasks(q *queue, changes ...journal.Change) error {
	for _, name := range q.names() {
		if t := q.end(name); t != nil {
			changes = append(changes, s.endChanges(t)...)
		}
	}
	if err := s.store.Write(changes...); err != nil {
		return status.Errorf(codes.Unavailable, "delete tasks: %v", err)
	}
	return nil
}

// viewed returns a task as a caller sees it: the body only in the full view.
func viewed(spec *pb.Task, view pb.Task_View) *pb.Task {
	shown := proto.CloneOf(spec)
	shown.View = view
	if view != pb.Task_FULL {
		shown.View = pb.Task_BASIC
		if target := shown.GetHttpRequest(); target != nil {
			target.Body = nil
		}
	}
	return shown
}

// locate finds the queue of a task by the task's name.
func (v *service) locate(name string) (*queue, error) {
	if err := checkName("name", name, taskName); err != nil {
		return nil, err
	}
	v.server.mu.RLock()
	defer v.server.mu.RUnlock()
	return v.server.queueLocked(queueOf(name))
}

func missing(name string) error {
	return status.Errorf(codes.NotFound, "task %s does not exist", name)
}

// GetTask returns a task that has not ended.
func (v *service) GetTask(_ context.Context, request *pb.GetTaskRequest) (*pb.Task, error) {
	q, err := v.locate(request.Name)
	if err != nil {
		return nil, err
	}
	spec := q.find(request.Name)
	if spec == nil {
		return nil, missing(request.Name)
	}
	return viewed(spec, request.ResponseView), nil
}

// ListTasks lists the tasks of a queue in order of name.
func (v *service) ListTasks(_ context.Context, request *pb.ListTasksRequest) (*pb.ListTasksResponse, error) {
	s := v.server
	s.mu.RLock()
	defer s.mu.RUnlock()
	q, err := s.queueLocked(request.Parent)
	if err != nil {
		return nil, err
	}
	names, next := page(q.names(), request.PageSize, request.PageToken)
	response := &pb.ListTasksResponse{NextPageToken: next}
	for _, name := range names {
		if spec := q.find(name); spec != nil {
			response.Tasks = append(response.Tasks, viewed(spec, request.ResponseView))
		}
	}
	return response, nil
}

// DeleteTask deletes a task that has not ended.
func (v *service) DeleteTask(_ context.Context, request *pb.DeleteTaskRequest) (*emptypb.Empty, error) {
	q, err := v.locate(request.Name)
	if err != nil {
		return nil, err
	}
	t := q.end(request.Name)
	if t == nil {
		return nil, missing(request.Name)
	}
	if err := v.server.store.Write(v.server.endChanges(t)...); err != nil {
		return nil, status.Errorf(codes.Unavailable, "delete task: %v", err)
	}
	return &emptypb.Empty{}, nil
}

// RunTask makes one attempt at once, even in a paused queue, beyond its limits and before
// the schedule time. A task that is running is not started a second time.
func (v *service) RunTask(_ context.Context, request *pb.RunTaskRequest) (*pb.Task, error) {
	s := v.server
	if err := checkName("name", request.Name, taskName); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	q, err := s.queueLocked(queueOf(request.Name))
	if err != nil {
		return nil, err
	}
	spec, started := q.force(request.Name)
	if spec == nil {
		return nil, missing(request.Name)
	}
	if started {
		s.workers.Go(func() { s.attempt(q.ctx, q, spec) })
	}
	return viewed(spec, request.ResponseView), nil
}
