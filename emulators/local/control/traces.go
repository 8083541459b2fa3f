package control

import (
	"context"
	_ "embed"
	"net/http"

	"github.com/kwipper/kwipper/shared/fault"
)

//go:embed traces.html
var tracesPage []byte

// listTraces answers the recent traces without their spans, the latest first.
func (c *server) listTraces(context.Context, *http.Request) (any, error) {
	if c.Options.Traces == nil {
		return nil, fault.New(fault.FailedPrecondition, "TRACES_OFF", "the stack was started without traces")
	}
	return map[string]any{"traces": c.Options.Traces.List()}, nil
}

// getTrace answers one trace with its spans, in the order of a tree.
func (c *server) getTrace(_ context.Context, r *http.Request) (any, error) {
	if c.Options.Traces != nil {
		if t, ok := c.Options.Traces.Get(r.PathValue("id")); ok {
			return t, nil
		}
	}
	return nil, fault.New(fault.NotFound, "NOT_FOUND", "there is no trace %s, or it has been forgotten", r.PathValue("id"))
}
