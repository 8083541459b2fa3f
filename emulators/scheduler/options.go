package scheduler

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/kwipper/kwipper/emulators/outbound"
	"github.com/kwipper/kwipper/shared/clock"
)

// Clock tells business time and waits for it; *clock.Travel is one.
type Clock interface {
	Now() time.Time
	Wait(ctx context.Context, until time.Time) error
}

// Publisher publishes for jobs with a Pub/Sub target; the Pub/Sub emulator is one.
type Publisher interface {
	Publish(ctx context.Context, topic string, data []byte, attributes map[string]string) (messageID string, err error)
}

// Options configure a server. The zero value works: a free port, state in memory, the
// machine's time, HTTP targets only.
type Options struct {
	Addr    string // host:port to listen on; empty is a free port on loopback
	DataDir string // state directory; empty keeps state in memory
	Clock   Clock  // business time; nil is the machine's time

	// Publisher delivers to Pub/Sub targets. Without it such a job fails.
	Publisher Publisher

	// Tokens makes the OIDC tokens of jobs that ask for one, and their OAuth tokens, for
	// which the scope takes the place of the audience.
	Tokens outbound.TokenSource

	// BeforeRun is asked before every attempt at an HTTP target what shall go wrong.
	BeforeRun RunInterceptor

	HTTPClient *http.Client // makes the requests; nil is one of our own
	Logger     *slog.Logger // nil is slog.Default
}

const idleConnections = 10

func (o Options) withDefaults() Options {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.Clock == nil {
		o.Clock = &clock.Travel{}
	}
	if o.HTTPClient == nil {
		o.HTTPClient = outbound.NewClient(idleConnections)
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// RunAttempt describes a request that is about to be made for a job.
type RunAttempt struct {
	Job          string // full resource name
	Method       string
	URL          string
	Body         []byte
	ScheduleTime time.Time // the instant that the job fires for
	Attempt      int       // from 1
}

// RunInterceptor decides what goes wrong with an attempt. It may be called from many
// goroutines.
type RunInterceptor func(ctx context.Context, attempt RunAttempt) outbound.Fault
