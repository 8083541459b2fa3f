package e2e

import (
	"context"
	"fmt"
	"path"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// outage makes one commit or one publishing go wrong: the number-th from when the trap is
// set. It fails before it is done, or its answer is lost when all is done. The code says
// whether the client asks again by itself or the handler hears of it and stops.
type outage struct {
	publish bool // else a commit
	done    bool
	code    codes.Code
	number  int
}

func (o outage) String() string {
	what, when := "commit", "before"
	if o.publish {
		what = "publish"
	}
	if o.done {
		when = "after"
	}
	return fmt.Sprintf("%s %d %s %s", what, o.number, when, o.code)
}

// outages are those that may meet a commit and a publishing. A client asks again by itself
// when a call was UNAVAILABLE; the other codes stop the handler.
var outages = []outage{
	{code: codes.Internal}, {done: true, code: codes.Internal}, {done: true, code: codes.Unavailable},
	{publish: true, code: codes.PermissionDenied}, {publish: true, done: true, code: codes.PermissionDenied},
	{publish: true, done: true, code: codes.Unavailable},
}

// trap counts the commits and publishings of all functions and lets one go wrong.
type trap struct {
	mu     sync.Mutex
	set    bool
	outage outage
	hit    bool
	counts map[outage]int // what came past, by kind of outage, without code and number
}

// arm sets the trap and begins to count.
func (t *trap) arm(o outage) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.set, t.outage, t.hit, t.counts = true, o, false, map[outage]int{}
}

// disarm reports whether the outage happened.
func (t *trap) disarm() (hit bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.set = false
	return t.hit
}

// count returns how many chances there were for an outage of that kind.
func (t *trap) count(o outage) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.counts[outage{publish: o.publish, done: o.done}]
}

// pass lets a commit or publishing pass the trap, before or once it is done.
func (t *trap) pass(publish, done bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.set {
		return nil
	}
	kind := outage{publish: publish, done: done}
	t.counts[kind]++
	if t.outage != (outage{publish, done, t.outage.code, t.counts[kind]}) {
		return nil
	}
	t.hit = true
	return status.Error(t.outage.code, "an outage")
}

func (t *trap) beforeSpanner(_ context.Context, method string) error { return t.call(method, false) }

func (t *trap) afterSpanner(_ context.Context, method string) error { return t.call(method, true) }

// call lets a call of Spanner pass, of which commits alone change anything for good.
func (t *trap) call(method string, done bool) error {
	if path.Base(method) != "Commit" {
		return nil
	}
	return t.pass(false, done)
}

func (t *trap) aroundPublish(_ context.Context, _ string, publish func() error) error {
	if err := t.pass(true, false); err != nil {
		return err
	}
	if err := publish(); err != nil {
		return err
	}
	return t.pass(true, true)
}
