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

// operations remembers long-running operations. Changes of a schema are under way
// while their call is; all others are done when they are first answered.
type operations struct {
	mu     sync.Mutex
	byName map[string]*longrunningpb.Operation
	order  []string // oldest first
}

var operationID = regexp.MustCompile(`^[a-z][a-z0-9_]{1,127}$`)

// done makes a long-running operation that has succeeded.
func (o *operations) done(of, id string, metadata, response proto.Message) (*longrunningpb.Operation, error) {
	name, err := o.begin(of, id, metadata)
	if err != nil {
		return nil, err
	}
	return o.end(name, metadata, response, nil)
}

// begin makes a long-running operation that is under way. Of an id of the client's own
// there may be only one.
func (o *operations) begin(of, id string, metadata proto.Message) (name string, err error) {
	m, err := anypb.New(metadata)
	if err != nil {
		return "", err
	}
	if id == "" {
		id = "_auto_op_" + randomID()
	} else if !operationID.MatchString(id) {
		return "", invalid("Invalid operation id: %q.", id)
	}
	name = of + "/operations/" + id
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.byName[name] != nil {
		return "", status.Errorf(codes.AlreadyExists, "Operation already exists: %s", id)
	}
	if o.byName == nil {
		o.byName = map[string]*longrunningpb.Operation{}
	}
	o.byName[name] = &longrunningpb.Operation{Name: name, Metadata: m}
	if o.order = append(o.order, name); len(o.order) > maxOperations {
		delete(o.byName, o.order[0])
		o.order = o.order[1:]
	}
	return name, nil
}

// end ends an operation with a response or, if failed is one, with an error.
func (o *operations) end(name string, metadata, response proto.Message, failed error) (*longrunningpb.Operation, error) {
	m, err := anypb.New(metadata)
	if err != nil {
		return nil, err
	}
	r, err := anypb.New(response)
	if err != nil {
		return nil, err
	}
	ended := &longrunningpb.Operation{Name: name, Done: true, Metadata: m, Result: &longrunningpb.Operation_Response{Response: r}}
	if failed != nil {
		ended.Result = &longrunningpb.Operation_Error{Error: status.Convert(failed).Proto()}
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.byName[name] != nil { // or else it has been forgotten
		o.byName[name] = ended
	}
	return ended, nil
}

// drop forgets an operation that came to nothing.
func (o *operations) drop(name string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.byName, name)
	o.order = slices.DeleteFunc(o.order, func(n string) bool { return n == name })
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
