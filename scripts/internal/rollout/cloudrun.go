package rollout

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"sync"
	"time"

	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
	"google.golang.org/api/run/v2"
)

const (
	toLatest   = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
	toRevision = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
)

// CloudRun is the services of a project.
type CloudRun struct {
	project string
	places  []Place
	client  *run.Service
}

// NewCloudRun returns the services at these places.
func NewCloudRun(ctx context.Context, project string, places []Place, options ...option.ClientOption) (*CloudRun, error) {
	client, err := run.NewService(ctx, options...)
	if err != nil {
		return nil, err
	}
	return &CloudRun{project, places, client}, nil
}

// Standings implements Services.
func (c *CloudRun) Standings(ctx context.Context) ([]Standing, error) {
	var mu sync.Mutex
	var found []Standing
	err := each(c.places, func(p Place) error {
		s, err := c.read(ctx, p)
		if missing(err) {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		found = append(found, s)
		return err
	})
	return found, err
}

func missing(err error) bool {
	var answer *googleapi.Error
	return errors.As(err, &answer) && answer.Code == http.StatusNotFound
}

func (c *CloudRun) name(p Place) string {
	return fmt.Sprintf("projects/%s/locations/%s/services/%s", c.project, p.Region, p.Service)
}

func (c *CloudRun) read(ctx context.Context, p Place) (Standing, error) {
	service, err := c.client.Projects.Locations.Services.Get(c.name(p)).Context(ctx).Do()
	if err != nil {
		return Standing{}, fmt.Errorf("%s: %w", p, err)
	}
	s := Standing{
		Place: p, Ready: path.Base(service.LatestReadyRevision), Created: path.Base(service.LatestCreatedRevision),
		Shares: map[string]int{}, etag: service.Etag,
	}
	for _, t := range service.Traffic {
		revision := t.Revision
		if t.Type == toLatest {
			s.Floating, revision = true, s.Ready
		}
		if t.Percent > 0 {
			s.Shares[path.Base(revision)] += int(t.Percent)
		}
	}
	if len(s.Shares) == 0 { // what Cloud Run does where nothing is set
		s.Floating, s.Shares[s.Ready] = true, 100
	}
	return s, nil
}

// Shift implements Services. Revisions without a share are not named, or their minimum of
// instances would go on running.
func (c *CloudRun) Shift(ctx context.Context, p Place, shares func(Standing) map[string]int, guard func() error) error {
	s, err := c.read(ctx, p)
	if err != nil {
		return err
	}
	if err := guard(); err != nil {
		return err
	}
	wanted := maps.Clone(shares(s))
	maps.DeleteFunc(wanted, func(_ string, percent int) bool { return percent == 0 })
	if maps.Equal(wanted, s.Shares) && !s.Floating {
		return nil
	}
	service := &run.GoogleCloudRunV2Service{Etag: s.etag}
	for _, revision := range slices.Sorted(maps.Keys(wanted)) {
		service.Traffic = append(service.Traffic, &run.GoogleCloudRunV2TrafficTarget{Type: toRevision, Revision: revision, Percent: int64(wanted[revision])})
	}
	operation, err := c.client.Projects.Locations.Services.Patch(c.name(p), service).UpdateMask("traffic").Context(ctx).Do()
	if err != nil {
		return err
	}
	return c.wait(ctx, operation)
}

func (c *CloudRun) wait(ctx context.Context, operation *run.GoogleLongrunningOperation) (err error) {
	for !operation.Done {
		request := &run.GoogleLongrunningWaitOperationRequest{Timeout: "60s"}
		if operation, err = c.client.Projects.Locations.Operations.Wait(operation.Name, request).Context(ctx).Do(); err != nil {
			return err
		}
		if operation.Done {
			break
		}
		select { // Wait may answer before its time
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
	if operation.Error != nil {
		return fmt.Errorf("answer of Cloud Run: %s", operation.Error.Message)
	}
	return nil
}
