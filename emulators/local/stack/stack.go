// Package stack runs Kwipper whole in one process: all emulators, all functions, the API
// gateway, the control API. The functions and the clients in them are those of production;
// only endpoints differ, and they come from the environment, so a process has one stack.
package stack

import (
	"context"
	"crypto/rsa"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	emulatedclock "github.com/kwipper/kwipper/emulators/clock"
	"github.com/kwipper/kwipper/emulators/gateway"
	"github.com/kwipper/kwipper/emulators/identity"
	"github.com/kwipper/kwipper/emulators/local/faults"
	"github.com/kwipper/kwipper/emulators/local/traces"
	"github.com/kwipper/kwipper/emulators/pubsub"
	"github.com/kwipper/kwipper/emulators/scheduler"
	"github.com/kwipper/kwipper/emulators/spanner"
	"github.com/kwipper/kwipper/emulators/storage"
	"github.com/kwipper/kwipper/emulators/stripe"
	"github.com/kwipper/kwipper/emulators/tasks"
	"github.com/kwipper/kwipper/shared/clock"
	stripeadapter "github.com/kwipper/kwipper/shared/payment/stripe"
	"github.com/kwipper/kwipper/shared/platform"
	"github.com/kwipper/kwipper/shared/platform/telemetry"
	"github.com/kwipper/kwipper/shared/topology"
)

// Options configure a stack.
type Options struct {
	Ports Ports
	// DataDir keeps everything; a stack killed with -9 continues where it stopped. Empty
	// keeps it in memory.
	DataDir string
	// Sample adds users and courses to an empty stack.
	Sample bool
	// Traces remembers the spans of all functions; nil records none.
	Traces *traces.Recorder
	// AllowFullScans lets statements scan whole tables, which production must not.
	AllowFullScans bool
	// BeforeSpanner and AfterSpanner, if not nil, are asked around each call of Spanner, as
	// spanner.Options tells, when no fault was asked for.
	BeforeSpanner, AfterSpanner func(ctx context.Context, method string) error
	// Console makes what is served on the console's port, from the very start; nil: nothing.
	Console func(*Stack) http.Handler
}

// Stack is a running stack.
type Stack struct {
	Options   Options
	Clock     *clock.Travel
	Time      *emulatedclock.Coordinator
	Spanner   *spanner.Server
	PubSub    *pubsub.Server
	Tasks     *tasks.Server
	Scheduler *scheduler.Server
	Storage   *storage.Server
	Identity  *identity.Server
	Stripe    *stripe.Server
	Gateway   *gateway.Server
	Faults    *faults.Set
	Users     []SampleUser // seeded

	calls       *calls
	gate        gate
	secret      secrets
	snapshots   sync.Mutex // one is saved or restored at a time
	snapshotDir string
	began       time.Time
	ready       atomic.Bool
	close       []func() error
}

// Start starts a stack. It returns when all is healthy and, if asked for, the sample data
// is there. Close ends it.
func Start(ctx context.Context, options Options) (*Stack, error) {
	if err := options.Ports.check(); err != nil {
		return nil, err
	}
	s := &Stack{Options: options, Clock: &clock.Travel{}, calls: &calls{}, Faults: newFaults(), began: time.Now()}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// start starts the parts in the order in which they need one another.
func (s *Stack) start(ctx context.Context) error {
	for _, step := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"traces", s.startTraces}, {"console", s.startConsole}, {"secrets", s.openSecrets}, {"clock", s.startClock}, {"Spanner", s.startSpanner}, {"identity", s.startIdentity}, {"Pub/Sub", s.startPubSub},
		{"Storage", s.startStorage}, {"Stripe", s.startStripe}, {"environment", s.setEnvironment}, {"functions", s.startFunctions},
		{"Tasks", s.startTasks}, {"Scheduler", s.startScheduler}, {"faults", s.startFaults}, {"provisioning", s.provision}, {"API gateway", s.startGateway},
		{"snapshots", s.openSnapshots}, {"empty snapshot", s.saveEmpty}, {"sample data", s.seed}, {"sample snapshot", s.saveSample},
	} {
		if err := step.run(ctx); err != nil {
			return fmt.Errorf("start %s: %w", step.name, err)
		}
	}
	s.ready.Store(true)
	return nil
}

// Close ends all parts, in the reverse order of their start.
func (s *Stack) Close() error {
	var failures []error
	for _, end := range slices.Backward(s.close) {
		failures = append(failures, end())
	}
	s.close = nil
	return errors.Join(failures...)
}

// dir is where a part keeps its data, empty in memory.
func (s *Stack) dir(part string) string {
	if s.Options.DataDir == "" {
		return ""
	}
	return filepath.Join(s.Options.DataDir, part)
}

// startTraces records every trace: here the last request is the one that matters.
func (s *Stack) startTraces(context.Context) error {
	if s.Options.Traces != nil {
		stop := telemetry.Record(sdktrace.AlwaysSample(), s.Options.Traces)
		s.close = append(s.close, func() error { return stop(context.Background()) })
	}
	return nil
}

func (s *Stack) startClock(context.Context) (err error) {
	s.Time, err = emulatedclock.New(emulatedclock.Options{
		Clock: s.Clock, File: s.dir("clock"),
		Sources: []emulatedclock.Source{dueTasks{s}, dueJobs{s}},
		InFlight: map[string]func() int{
			"requests": s.calls.count, "messages": func() int { return s.PubSub.InFlight() },
			"tasks": func() int { return s.Tasks.InFlight() }, "jobs": func() int { return s.Scheduler.InFlight() },
			"notifications": func() int { return s.Storage.InFlight() }, "webhooks": func() int { return s.Stripe.InFlight() },
		},
	})
	platform.UseClock(s.Clock)
	return err
}

// dueTasks and dueJobs are the sources of the clock; the emulators start after it.
type dueTasks struct{ *Stack }

func (d dueTasks) NextDue() (time.Time, bool) { return d.Tasks.NextDue() }

type dueJobs struct{ *Stack }

// NextDue leaves out the jobs that run often: they run once at each stop.
func (d dueJobs) NextDue() (time.Time, bool) {
	return d.Scheduler.NextDueOf(func(name string) bool {
		return !slices.ContainsFunc(topology.Jobs, func(j topology.Job) bool { return j.Often && jobName(j) == name })
	})
}

func (s *Stack) startSpanner(ctx context.Context) (err error) {
	s.Spanner, err = spanner.Start(ctx, spanner.Options{
		Addr: address(s.Options.Ports.Spanner), DataDir: s.dir("spanner"), RejectFullScans: !s.Options.AllowFullScans,
		BeforeCall: s.beforeSpanner, AfterCall: s.Options.AfterSpanner,
	})
	return s.keep(s.Spanner, err)
}

func (s *Stack) beforeSpanner(ctx context.Context, method string) error {
	err := s.Faults.BeforeSpanner(ctx, method)
	if err == nil && s.Options.BeforeSpanner != nil {
		err = s.Options.BeforeSpanner(ctx, method)
	}
	return err
}

func (s *Stack) startIdentity(ctx context.Context) (err error) {
	s.Identity, err = identity.Start(ctx, identity.Options{
		Addr: address(s.Options.Ports.Identity), Project: Project, DataDir: s.dir("identity"), DefaultServiceAccount: invoker,
	})
	return s.keep(s.Identity, err)
}

func (s *Stack) startPubSub(ctx context.Context) (err error) {
	s.PubSub, err = pubsub.Start(ctx, pubsub.Options{
		Addr: address(s.Options.Ports.PubSub), DataDir: s.dir("pubsub"), Tokens: s.Identity.ServiceToken,
	})
	return s.keep(s.PubSub, err)
}

func (s *Stack) startTasks(ctx context.Context) (err error) {
	s.Tasks, err = tasks.Start(ctx, tasks.Options{
		Addr: address(s.Options.Ports.Tasks), DataDir: s.dir("tasks"), Clock: s.Clock, Tokens: s.Identity.ServiceToken,
	})
	return s.keep(s.Tasks, err)
}

func (s *Stack) startScheduler(ctx context.Context) (err error) {
	s.Scheduler, err = scheduler.Start(ctx, scheduler.Options{
		Addr: address(s.Options.Ports.Scheduler), DataDir: s.dir("scheduler"), Clock: s.Clock, Tokens: s.Identity.ServiceToken, Publisher: s.PubSub,
	})
	return s.keep(s.Scheduler, err)
}

func (s *Stack) startStorage(ctx context.Context) (err error) {
	notify := make([]storage.Notification, 0, len(topology.Countries))
	for _, b := range buckets() {
		notify = append(notify, storage.Notification{Bucket: b, Topic: topicName(topology.UploadsTopic), EventTypes: []string{storage.EventFinalize}})
	}
	s.Storage, err = storage.Start(ctx, storage.Options{
		Addr: address(s.Options.Ports.Storage), DataDir: s.dir("storage"), Buckets: buckets(),
		SigningKeys:   map[string]*rsa.PublicKey{mediaSigner: &s.secret.media.PublicKey},
		Notifications: notify,
		Fault:         s.Faults.Storage,
		Notifier: storage.NotifierFunc(func(ctx context.Context, topic string, data []byte, attributes map[string]string) error {
			_, err := s.PubSub.Publish(ctx, topic, data, attributes)
			return err
		}),
	})
	return s.keep(s.Storage, err)
}

func (s *Stack) startStripe(ctx context.Context) (err error) {
	s.Stripe, err = stripe.Start(ctx, stripe.Options{
		Addr: address(s.Options.Ports.Stripe), DataDir: s.dir("stripe"), APIKey: stripeKey,
		WebhookURL: httpURL(s.Options.Ports.API) + "/v1/webhooks/stripe", WebhookSecret: s.secret.Webhook, WebhookEvents: stripeadapter.EventTypes,
		WebhookRetryWait: 500 * time.Millisecond,
	})
	return s.keep(s.Stripe, err)
}

type closer interface{ Close() error }

// keep remembers to close a part that has started.
func (s *Stack) keep(part closer, err error) error {
	if err == nil {
		s.close = append(s.close, part.Close)
	}
	return err
}

// Ready says how long the start took, for the ready line.
func (s *Stack) Ready() string {
	return fmt.Sprintf("READY api=%s console=%s auth=%s in %.1fs",
		httpURL(s.Options.Ports.API), httpURL(s.Options.Ports.Console), httpURL(s.Options.Ports.Identity), time.Since(s.began).Seconds())
}
