package server

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/spanner/admin/database/apiv1/databasepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
)

// maxOperations is how many long-running operations are remembered.
const maxOperations = 10_000

// operations remembers long-running operations. All are done when they are
// first answered.
type operations struct {
	mu     sync.Mutex
	byName map[string]*longrunningpb.Operation
	order  []string // oldest first
}

var operationID = regexp.MustCompile(`^[a-z][a-z0-9_]{1,127}$`)

// done makes a long-running operation that has succeeded. With an id of the
// client's own there may be only one.
func (o *operations) done(of, id string, metadata, response proto.Message) (*longrunningpb.Operation, error) {
	m, err := anypb.New(metadata)
	if err != nil {
		return nil, err
	}
	r, err := anypb.New(response)
	if err != nil {
		return nil, err
	}
	if id == "" {
		id = "_auto_op_" + randomID()
	}
	made := &longrunningpb.Operation{
		Name: of + "/operations/" + id, Done: true, Metadata: m,
		Result: &longrunningpb.Operation_Response{Response: r},
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.byName == nil {
		o.byName = map[string]*longrunningpb.Operation{}
	}
	o.byName[made.Name] = made
	if o.order = append(o.order, made.Name); len(o.order) > maxOperations {
		delete(o.byName, o.order[0])
		o.order = o.order[1:]
	}
	return made, nil
}

// check refuses an id of the client's own that is not one or is taken.
func (o *operations) check(of, id string) error {
	if id == "" {
		return nil
	}
	if !operationID.MatchString(id) {
		return invalid("Invalid operation id: %q.", id)
	}
	if _, err := o.get(of + "/operations/" + id); err == nil {
		return status.Errorf(codes.AlreadyExists, "Operation already exists: %s", id)
	}
	return nil
}

func (o *operations) get(name string) (*longrunningpb.Operation, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if op, ok := o.byName[name]; ok {
		return op, nil
	}
	return nil, notFound("Operation not found: %s", name)
}

// list returns the operations under a name, the latest first, in pages.
func (o *operations) list(under string, keep func(*longrunningpb.Operation) bool, size int32, page string) (out []*longrunningpb.Operation, next string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	skipping := page != ""
	for _, name := range slices.Backward(o.order) {
		op := o.byName[name]
		if skipping || op == nil || !strings.HasPrefix(name, under) || !keep(op) {
			skipping = skipping && name != page
			continue
		}
		if size > 0 && len(out) == int(size) {
			return out, out[len(out)-1].Name
		}
		out = append(out, op)
	}
	return out, ""
}

// operationsService implements the service of long-running operations.
type operationsService struct {
	longrunningpb.UnimplementedOperationsServer
	*Server
}

// GetOperation implements the service.
func (s *operationsService) GetOperation(_ context.Context, req *longrunningpb.GetOperationRequest) (*longrunningpb.Operation, error) {
	return s.operations.get(req.Name)
}

// ListOperations implements the service.
func (s *operationsService) ListOperations(_ context.Context, req *longrunningpb.ListOperationsRequest) (*longrunningpb.ListOperationsResponse, error) {
	if req.Filter != "" {
		return nil, unsupported("Filter of ListOperations")
	}
	under := strings.TrimSuffix(req.Name, "/operations") + "/operations/"
	all, next := s.operations.list(under, func(*longrunningpb.Operation) bool { return true }, req.PageSize, req.PageToken)
	return &longrunningpb.ListOperationsResponse{Operations: all, NextPageToken: next}, nil
}

// operationFilter is the form of filter that clients use: a type of metadata
// and a part of the name.
var operationFilter = regexp.MustCompile(`^(?:\(metadata\.@type:type\.googleapis\.com/([A-Za-z0-9_.]+)\))?(?: AND )?(?:\(name:([^()\s]+)\))?$`)

// ListDatabaseOperations implements the service.
func (a *databaseAdmin) ListDatabaseOperations(_ context.Context, req *databasepb.ListDatabaseOperationsRequest) (*databasepb.ListDatabaseOperationsResponse, error) {
	m := operationFilter.FindStringSubmatch(req.Filter)
	if m == nil {
		return nil, unsupported("Filter of ListDatabaseOperations other than (metadata.@type:type) AND (name:text)")
	}
	keep := func(op *longrunningpb.Operation) bool {
		return strings.Contains(op.Name, m[2]) && (m[1] == "" || string(op.Metadata.MessageName()) == m[1])
	}
	all, next := a.operations.list(req.Parent+"/databases/", keep, req.PageSize, req.PageToken)
	return &databasepb.ListDatabaseOperationsResponse{Operations: all, NextPageToken: next}, nil
}
