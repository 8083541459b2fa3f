package health

import (
	"context"
	"sync"
)

// Probe asks one dependency whether it answers.
type Probe func(context.Context) error

// Probes are the probes of what one function has opened.
type Probes struct {
	mu     sync.Mutex
	byName map[string]Probe
}

type probesKey struct{}

// Collect returns ctx such that Add adds to the probes beside it.
func Collect(ctx context.Context) (context.Context, *Probes) {
	p := &Probes{byName: map[string]Probe{}}
	return context.WithValue(ctx, probesKey{}, p), p
}

// Add has the function that is being wired with ctx asked for its health with probe under
// that name, once a name. Without Collect it does nothing.
func Add(ctx context.Context, name string, probe Probe) {
	p, ok := ctx.Value(probesKey{}).(*Probes)
	if !ok {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.byName[name] = probe
}

// run asks all probes at the same time.
func (p *Probes) run(ctx context.Context) map[string]error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var results sync.Map
	var asked sync.WaitGroup
	for name, probe := range p.byName {
		asked.Go(func() { results.Store(name, guarded(ctx, probe)) })
	}
	asked.Wait()
	found := make(map[string]error, len(p.byName))
	results.Range(func(name, err any) bool {
		found[name.(string)], _ = err.(error)
		return true
	})
	return found
}
