package server

import (
	"context"
	"regexp"
	"sort"
	"strings"

	"cloud.google.com/go/longrunning/autogen/longrunningpb"
	"cloud.google.com/go/spanner/admin/instance/apiv1/instancepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// instance is what is kept about an instance: what it was declared as.
type instance struct {
	Config          string
	DisplayName     string
	NodeCount       int32
	ProcessingUnits int32
	Labels          map[string]string
}

var instanceName = regexp.MustCompile(`^projects/[^/]+/instances/[a-z][a-z0-9-]{0,62}[a-z0-9]$`)

// instanceAdmin implements the administration of instances.
type instanceAdmin struct {
	instancepb.UnimplementedInstanceAdminServer
	*Server
}

func (i *instance) proto(name string) *instancepb.Instance {
	return &instancepb.Instance{
		Name: name, Config: i.Config, DisplayName: i.DisplayName, NodeCount: i.NodeCount,
		ProcessingUnits: i.ProcessingUnits, Labels: i.Labels, State: instancepb.Instance_READY,
	}
}

// CreateNewInstance makes an instance with nothing declared but its name.
func (s *Server) CreateNewInstance(name string) error {
	return s.addInstance(name, &instance{DisplayName: name[strings.LastIndexByte(name, '/')+1:], NodeCount: 1, ProcessingUnits: 1000})
}

func (s *Server) addInstance(name string, i *instance) error {
	if !instanceName.MatchString(name) {
		return invalid("Invalid instance name: %q.", name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.instances[name] != nil {
		return status.Errorf(codes.AlreadyExists, "Instance already exists: %s", name)
	}
	if err := s.saveJSON(instanceMeta+name, i); err != nil {
		return err
	}
	s.instances[name] = i
	return nil
}

// CreateInstance implements the service.
func (a *instanceAdmin) CreateInstance(_ context.Context, req *instancepb.CreateInstanceRequest) (*longrunningpb.Operation, error) {
	name := req.Parent + "/instances/" + req.InstanceId
	i := &instance{
		Config: req.Instance.GetConfig(), DisplayName: req.Instance.GetDisplayName(), NodeCount: req.Instance.GetNodeCount(),
		ProcessingUnits: req.Instance.GetProcessingUnits(), Labels: req.Instance.GetLabels(),
	}
	switch {
	case i.NodeCount > 0 && i.ProcessingUnits > 0:
		return nil, invalid("Only one of nodes and processing_units may be given.")
	case i.ProcessingUnits > 0:
		i.NodeCount = i.ProcessingUnits / 1000
	default:
		i.ProcessingUnits = 1000 * i.NodeCount
	}
	if err := a.addInstance(name, i); err != nil {
		return nil, err
	}
	made := i.proto(name)
	return a.operations.done(name, "", &instancepb.CreateInstanceMetadata{Instance: made}, made)
}

// GetInstance implements the service.
func (a *instanceAdmin) GetInstance(_ context.Context, req *instancepb.GetInstanceRequest) (*instancepb.Instance, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	i := a.instances[req.Name]
	if i == nil {
		return nil, notFound("Instance not found: %s", req.Name)
	}
	return i.proto(req.Name), nil
}

// plainText is what a filter can look for without an operator.
var plainText = regexp.MustCompile(`^[A-Za-z0-9-]+$`)

// ListInstances implements the service.
func (a *instanceAdmin) ListInstances(_ context.Context, req *instancepb.ListInstancesRequest) (*instancepb.ListInstancesResponse, error) {
	substring, byName := strings.CutPrefix(req.Filter, "name:")
	if req.Filter != "" && (!byName || !plainText.MatchString(substring)) {
		return nil, unsupported("Filter of ListInstances other than name:text")
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	resp := &instancepb.ListInstancesResponse{}
	for name, i := range a.instances {
		id, within := strings.CutPrefix(name, req.Parent+"/instances/")
		if within && name > req.PageToken && strings.Contains(id, strings.ToLower(substring)) {
			resp.Instances = append(resp.Instances, i.proto(name))
		}
	}
	sort.Slice(resp.Instances, func(i, j int) bool { return resp.Instances[i].Name < resp.Instances[j].Name })
	if n := int(req.PageSize); n > 0 && len(resp.Instances) > n {
		resp.Instances = resp.Instances[:n]
		resp.NextPageToken = resp.Instances[n-1].Name
	}
	return resp, nil
}

// DeleteInstance implements the service. Its databases go with it.
func (a *instanceAdmin) DeleteInstance(_ context.Context, req *instancepb.DeleteInstanceRequest) (*emptypb.Empty, error) {
	a.mu.Lock()
	var databases []string
	for name := range a.databases {
		if strings.HasPrefix(name, req.Name+"/databases/") {
			databases = append(databases, name)
		}
	}
	known := a.instances[req.Name] != nil
	a.mu.Unlock()
	if !known {
		return nil, notFound("Instance not found: %s", req.Name)
	}
	for _, name := range databases {
		if err := a.RemoveDatabase(name); err != nil {
			return nil, err
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.instances, req.Name)
	return &emptypb.Empty{}, a.store.SetMeta(instanceMeta+req.Name, nil)
}

// emulatorConfig is the one instance configuration there is.
const emulatorConfig = "emulator-config"

// ListInstanceConfigs implements the service.
func (a *instanceAdmin) ListInstanceConfigs(_ context.Context, req *instancepb.ListInstanceConfigsRequest) (*instancepb.ListInstanceConfigsResponse, error) {
	return &instancepb.ListInstanceConfigsResponse{
		InstanceConfigs: []*instancepb.InstanceConfig{{
			Name: req.Parent + "/instanceConfigs/" + emulatorConfig, DisplayName: "Emulator Instance Config",
		}},
	}, nil
}

// GetInstanceConfig implements the service.
func (a *instanceAdmin) GetInstanceConfig(_ context.Context, req *instancepb.GetInstanceConfigRequest) (*instancepb.InstanceConfig, error) {
	if !strings.HasSuffix(req.Name, "/instanceConfigs/"+emulatorConfig) {
		return nil, notFound("Instance config not found: %s", req.Name)
	}
	return &instancepb.InstanceConfig{Name: req.Name, DisplayName: "Emulator Instance Config"}, nil
}
