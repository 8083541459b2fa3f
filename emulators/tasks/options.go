package tasks

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

// Options configure a server. The zero value works: a free port, state in memory, the
// machine's time.
type Options struct {
	Addr    string // host:port to listen on; empty is a free port on loopback
	DataDir string // state directory; empty keeps state in memory
	Clock   Clock  // business time; nil is the machine's time

	// Tokens makes the OIDC tokens of tasks that ask for one, and their OAuth tokens, for
	// which the scope takes the place of the audience.
	Tokens outbound.TokenSource

	// BeforeDispatch is asked before every attempt what shall go wrong with it.
	BeforeDispatch DispatchInterceptor

	// NameRetention is how long the name of a task cannot be used again after the task has
	// ended, in machine time. 0 is one hour.
	NameRetention time.Duration

	HTTPClient *http.Client // makes the requests; nil is one of our own
	Logger     *slog.Logger // nil is slog.Default
}

const (
	defaultNameRetention = time.Hour
	idleConnections      = 100
)

func (o Options) withDefaults() Options {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.Clock == nil {
		o.Clock = &clock.Travel{}
	}
	if o.NameRetention <= 0 {
		o.NameRetention = defaultNameRetention
	}
	if o.HTTPClient == nil {
		o.HTTPClient = outbound.NewClient(idleConnections)
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// DispatchAttempt describes a request that is about to be made for a task.
type DispatchAttempt struct {
	Queue   string // full resource name
	Task    string // full resource name
	Method  string
	URL     string
	Headers map[string]string
	Body    []byte
	Attempt int // from 1
}

// DispatchInterceptor decides what goes wrong with an attempt. It may be called from many
// goroutines.
type DispatchInterceptor func(ctx context.Context, attempt DispatchAttempt) outbound.Fault
