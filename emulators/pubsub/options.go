package pubsub

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/kwipper/kwipper/emulators/outbound"
)

// Options configure a server. The zero value works: a free port, state in memory.
type Options struct {
	Addr    string // host:port to listen on; empty is a free port on loopback
	DataDir string // state directory; empty keeps state in memory

	// Tokens makes the tokens of subscriptions that ask for one. Without it such a push
	// fails and is retried.
	Tokens outbound.TokenSource

	// BeforePush is asked before every push what shall go wrong with it; nil is nothing.
	BeforePush PushInterceptor

	// MaxOutstandingPushes is the number of pushes of one subscription that wait for an
	// answer at the same time. 0 is 100.
	MaxOutstandingPushes int

	HTTPClient *http.Client // makes the pushes; nil is one of our own
	Logger     *slog.Logger // nil is slog.Default
}

const defaultMaxOutstandingPushes = 100

func (o Options) withDefaults() Options {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.MaxOutstandingPushes <= 0 {
		o.MaxOutstandingPushes = defaultMaxOutstandingPushes
	}
	if o.HTTPClient == nil {
		o.HTTPClient = outbound.NewClient(o.MaxOutstandingPushes)
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o
}

// PushAttempt describes a push that is about to be made.
type PushAttempt struct {
	Subscription string // full resource name
	Topic        string
	Endpoint     string
	MessageID    string
	OrderingKey  string
	Attributes   map[string]string
	Data         []byte
	Attempt      int // from 1
}

// PushFault says what goes wrong with a push.
type PushFault = outbound.Fault

// PushInterceptor decides what goes wrong with a push. It may be called from many
// goroutines.
type PushInterceptor func(ctx context.Context, attempt PushAttempt) PushFault

// PublishInterceptor makes a client's publishing go wrong. It calls publish, or does not;
// the error that it returns is the answer, done or not. It may be called from many
// goroutines.
type PublishInterceptor func(ctx context.Context, topic string, publish func() error) error
