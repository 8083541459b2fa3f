package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"cloud.google.com/go/spanner"
	"golang.org/x/sync/errgroup"

	"github.com/kwipper/kwipper/emulators/local/frontend"
	"github.com/kwipper/kwipper/emulators/local/stack"
	"github.com/kwipper/kwipper/emulators/outbound"
	"github.com/kwipper/kwipper/emulators/pubsub"
	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

// bench is a stack under measurement and who uses it.
type bench struct {
	length       time.Duration // of a measurement under load
	allFunctions bool
	startProfile func() error // nil: none is wanted
	dir          string       // temporary

	stack    *stack.Stack
	counter  *spannerdb.Counter
	messages atomic.Int64 // delivered for the first time
	repeats  atomic.Int64 // delivered again

	tutor   *frontend.Client
	courses []api.Course // published
	names   atomic.Int64 // of learners
	renewed bool         // a month has gone by

	counters *spanner.Client // of the ceiling
	ceilings [][]string
}

// start starts a durable stack in this process, so that its calls can be counted.
func (b *bench) start(ctx context.Context) error {
	ports, err := stack.FreePorts()
	if err != nil {
		return err
	}
	b.counter = spannerdb.CountCalls()
	b.stack, err = stack.Start(ctx, stack.Options{Ports: ports, DataDir: filepath.Join(b.dir, "stack"), Sample: true})
	if err != nil {
		return err
	}
	b.stack.PubSub.SetBeforePush(func(ctx context.Context, attempt pubsub.PushAttempt) outbound.Fault {
		if attempt.Attempt == 1 {
			b.messages.Add(1)
		} else {
			b.repeats.Add(1)
		}
		return b.stack.Faults.BeforePush(ctx, attempt)
	})
	b.tutor = b.stack.Browser()
	for _, u := range b.stack.Users {
		if u.Role == "tutor" {
			return b.tutor.SignIn(ctx, u.Email, u.Password)
		}
	}
	return fmt.Errorf("the stack has no tutor")
}

func (b *bench) close() error {
	if b.stack == nil {
		return nil
	}
	return b.stack.Close()
}

// publish publishes courses until there are n.
func (b *bench) publish(ctx context.Context, n int) error {
	for len(b.courses) < n {
		c, _, err := publishCourse(ctx, b.tutor)
		if err != nil {
			return err
		}
		b.courses = append(b.courses, c)
	}
	return nil
}

// learner is a registered learner of Japan with a card that pays.
type learner struct {
	*frontend.Client
	card string
}

// enroll makes n new learners.
func (b *bench) enroll(ctx context.Context, n int) ([]*learner, error) {
	learners := make([]*learner, n)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for i := range learners {
		group.Go(func() (err error) {
			learners[i], err = newLearner(ctx, b.stack.Browser(), b.names.Add(1))
			return err
		})
	}
	return learners, group.Wait()
}

func newLearner(ctx context.Context, browser *frontend.Client, number int64) (*learner, error) {
	l := &learner{Client: browser}
	if err := l.SignUp(ctx, fmt.Sprintf("learner.%d@bench.local", number), "correct horse battery", "山田 花子"); err != nil {
		return nil, err
	}
	_, err := l.Register(ctx, api.RegisterUserRequest{DisplayName: "山田 花子", RegionCode: "JP", TimeZone: "Asia/Tokyo", LanguageCode: "ja"})
	if err != nil {
		return nil, err
	}
	m, err := l.SaveCard(ctx, "4242424242424242")
	l.card = m.Name
	return l, err
}

// begin asks to subscribe; header may ask to wait.
func (l *learner) begin(ctx context.Context, course api.Course, header ...string) (o api.Operation, err error) {
	err = l.Call(ctx, http.MethodPost, "/users/me/subscriptions", api.SubscribeRequest{
		Course: course.Name, PaymentMethod: l.card, Price: price, ReturnURI: l.Origin + "/done",
	}, &o, header...)
	return o, err
}

// subscribe subscribes and returns when the saga is done.
func (l *learner) subscribe(ctx context.Context, course api.Course) (api.Operation, error) {
	o, err := l.begin(ctx, course, "Prefer", "wait=10")
	if err != nil {
		return o, err
	}
	if o, err = l.Await(ctx, o); err == nil && !o.Done {
		err = fmt.Errorf("%s waits for the learner", o.Name)
	}
	return o, err
}

// load calls do from workers at once for at most length, or until it has been called limit
// times, and returns how long each call took.
func load(ctx context.Context, workers, limit int, length time.Duration, do func(ctx context.Context, i int) error) (took []time.Duration, elapsed time.Duration, err error) {
	group, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	var mu sync.Mutex
	began := time.Now()
	for range workers {
		group.Go(func() error {
			for time.Since(began) < length {
				i := int(next.Add(1)) - 1
				if i >= limit {
					return nil
				}
				at := time.Now()
				if err := do(ctx, i); err != nil {
					return err
				}
				mu.Lock()
				took = append(took, time.Since(at))
				mu.Unlock()
			}
			return nil
		})
	}
	err = group.Wait()
	return took, time.Since(began), err
}

func rate(took []time.Duration, elapsed time.Duration) float64 {
	return float64(len(took)) / elapsed.Seconds()
}
