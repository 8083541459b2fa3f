package control

import (
	"context"
	"net/http"
	"time"
)

// savingTimeout is how long a snapshot waits for what is in flight.
const savingTimeout = 30 * time.Second

func (c *server) listSnapshots(context.Context, *http.Request) (any, error) {
	all, err := c.Snapshots()
	return map[string]any{"snapshots": all}, err
}

func (c *server) saveSnapshot(ctx context.Context, r *http.Request) (any, error) {
	var request struct {
		Name string `json:"name"`
	}
	if err := decode(r, &request); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, savingTimeout)
	defer cancel()
	return c.SaveSnapshot(ctx, request.Name)
}

func (c *server) restoreSnapshot(ctx context.Context, r *http.Request) (any, error) {
	name, err := verb(r, "restore")
	if err != nil {
		return nil, err
	}
	return c.RestoreSnapshot(ctx, name)
}

func (c *server) reset(ctx context.Context, r *http.Request) (any, error) {
	var request struct {
		Data string `json:"data"`
	}
	if err := decode(r, &request); err != nil {
		return nil, err
	}
	return c.Reset(ctx, request.Data)
}
