package control

import (
	"context"
	"net/http"
	"slices"

	"github.com/kwipper/kwipper/emulators/local/invariants"
	"github.com/kwipper/kwipper/emulators/local/stack"
)

// status leaves out the sample users of a stack that was reset to be empty.
func (c *server) status(context.Context, *http.Request) (any, error) {
	s := c.Status()
	s.Users = slices.DeleteFunc(slices.Clone(s.Users), func(u stack.SampleUser) bool {
		_, there := c.Identity.FindUser(u.Email)
		return !there
	})
	return s, nil
}

// requests are the latest requests to the API.
func (c *server) requests(_ context.Context, r *http.Request) (any, error) {
	n, err := limit(r, 50, 500)
	if err != nil {
		return nil, err
	}
	recent := c.Gateway.Recent()
	return map[string]any{"requests": recent[:min(n, len(recent))]}, nil
}

type invariantsAnswer struct {
	OK bool `json:"ok"`
	// Settled says that nothing was in flight when all was read; else what is broken may
	// only be under way.
	Settled    bool                `json:"settled"`
	InFlight   map[string]int      `json:"inFlight,omitempty"`
	Invariants []invariants.Result `json:"invariants"`
}

// invariants checks at once: who wants to wait until all has settled advances the clock by
// nothing first.
func (c *server) invariants(ctx context.Context, _ *http.Request) (any, error) {
	before := c.Time.InFlight()
	results, err := invariants.Check(ctx, c.Stripe.Totals())
	if err != nil {
		return nil, err
	}
	after := c.Time.InFlight()
	for name, n := range before {
		after[name] = max(after[name], n)
	}
	return invariantsAnswer{OK: invariants.OK(results), Settled: len(after) == 0, InFlight: after, Invariants: results}, nil
}
