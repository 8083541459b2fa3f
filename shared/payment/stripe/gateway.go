// Package stripe adapts the payment port to Stripe's API. It does not retry: those who call
// it do, with the same key. (net/http alone repeats a call when a kept connection turns out
// to be closed, which the key makes safe.) Locally only the address differs.
package stripe

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	stripego "github.com/stripe/stripe-go/v85"

	"github.com/kwipper/kwipper/shared/payment"
)

// Names of our ids in Stripe's metadata.
const (
	MetadataPaymentID        = "kwipper_payment_id"
	MetadataRefundID         = "kwipper_refund_id"
	MetadataUserID           = "kwipper_user_id"
	MetadataCountry          = "kwipper_country"
	MetadataPaymentMethodRef = "kwipper_payment_method_ref"
)

// DefaultTimeout of one call. Banks take seconds to answer; who waits less learns less.
const DefaultTimeout = 25 * time.Second

// Options of a gateway.
type Options struct {
	APIKey string
	// WebhookSecrets sign events; several while one is rolled over.
	WebhookSecrets []string
	// BaseURL is the API's address; empty: Stripe's.
	BaseURL string
	// Timeout of one call; zero: DefaultTimeout.
	Timeout time.Duration
	// Transport carries the calls; nil: one that keeps connections for many at once.
	Transport http.RoundTripper
}

// Gateway is Stripe. It is safe for concurrent use.
type Gateway struct {
	client  *stripego.Client
	secrets []string
}

var _ payment.Gateway = (*Gateway)(nil)

// New makes a gateway. It does not call Stripe.
func New(options Options) (*Gateway, error) {
	if options.APIKey == "" {
		return nil, errors.New("stripe: the API key is missing")
	}
	if options.BaseURL == "" {
		options.BaseURL = stripego.APIURL
	}
	if u, err := url.Parse(options.BaseURL); err != nil || u.Host == "" {
		return nil, fmt.Errorf("stripe: base URL %q is not absolute", options.BaseURL)
	}
	if options.Timeout <= 0 {
		options.Timeout = DefaultTimeout
	}
	if options.Transport == nil {
		options.Transport = newTransport()
	}
	backends := stripego.NewBackendsWithConfig(&stripego.BackendConfig{
		URL:               &options.BaseURL,
		HTTPClient:        &http.Client{Timeout: options.Timeout, Transport: options.Transport},
		MaxNetworkRetries: stripego.Int64(0),
		EnableTelemetry:   stripego.Bool(false),
		LeveledLogger:     debugLogger{},
	})
	return &Gateway{
		client:  stripego.NewClient(options.APIKey, stripego.WithBackends(backends)),
		secrets: options.WebhookSecrets,
	}, nil
}

// maxIdleConns are kept, where net/http's default of two would open one for nearly each call.
const maxIdleConns = 64

func newTransport() http.RoundTripper {
	transport, ok := http.DefaultTransport.(*http.Transport)
	if !ok { // replaced by the program, for a reason of its own
		return http.DefaultTransport
	}
	transport = transport.Clone()
	transport.MaxIdleConnsPerHost = maxIdleConns
	return transport
}

// debugLogger keeps stripe-go's words for debugging: errors are returned, and logged by
// those who handle them.
type debugLogger struct{}

func (debugLogger) Debugf(ctx context.Context, format string, v ...any) { debug(ctx, format, v) }
func (debugLogger) Infof(ctx context.Context, format string, v ...any)  { debug(ctx, format, v) }
func (debugLogger) Warnf(ctx context.Context, format string, v ...any)  { debug(ctx, format, v) }
func (debugLogger) Errorf(ctx context.Context, format string, v ...any) { debug(ctx, format, v) }

func debug(ctx context.Context, format string, v []any) {
	if slog.Default().Enabled(ctx, slog.LevelDebug) {
		slog.DebugContext(ctx, "stripe: "+fmt.Sprintf(format, v...))
	}
}
