package telemetry

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"golang.org/x/oauth2/google"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/oauth"

	"github.com/kwipper/kwipper/shared/platform/config"
)

const (
	// googleTraces takes spans by OTLP (Telemetry API).
	googleTraces = "telemetry.googleapis.com:443"
	traceScope   = "https://www.googleapis.com/auth/trace.append"

	// defaultSampleRatio is the share of traces that are kept when TRACE_SAMPLE_RATIO does
	// not say. Who calls with a sampled traceparent is followed in any case.
	defaultSampleRatio = 0.05

	// exportDelay is short, since an instance without requests has no CPU to export with.
	exportDelay = time.Second
)

// Export sends spans by OTLP over gRPC to TRACES_ENDPOINT ("host:port" with TLS, or
// "http://host:port" without, such as a collector's beside it). It is "google" for Google
// Cloud's, with the account's own credentials; empty exports nothing. The function that it
// returns hands over what is left.
func Export(ctx context.Context) (stop func(context.Context) error, err error) {
	endpoint := config.Optional("TRACES_ENDPOINT", "")
	if endpoint == "" {
		return func(context.Context) error { return nil }, nil
	}
	ratio, err := sampleRatio()
	if err != nil {
		return nil, err
	}
	options, err := exporterOptions(ctx, endpoint)
	if err != nil {
		return nil, err
	}
	exporter, err := otlptracegrpc.New(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("open the exporter of traces: %w", err)
	}
	return Record(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(ratio)),
		sdktrace.NewBatchSpanProcessor(exporter, sdktrace.WithBatchTimeout(exportDelay))), nil
}

func exporterOptions(ctx context.Context, endpoint string) ([]otlptracegrpc.Option, error) {
	if plain, ok := strings.CutPrefix(endpoint, "http://"); ok {
		return []otlptracegrpc.Option{otlptracegrpc.WithEndpoint(plain), otlptracegrpc.WithInsecure()}, nil
	}
	if endpoint != "google" {
		return []otlptracegrpc.Option{otlptracegrpc.WithEndpoint(endpoint)}, nil
	}
	account, err := google.FindDefaultCredentials(ctx, traceScope)
	if err != nil {
		return nil, fmt.Errorf("credentials of the exporter of traces: %w", err)
	}
	project, err := config.Project()
	if err != nil {
		return nil, err
	}
	return []otlptracegrpc.Option{
		otlptracegrpc.WithEndpoint(googleTraces),
		otlptracegrpc.WithHeaders(map[string]string{"x-goog-user-project": project}),
		otlptracegrpc.WithDialOption(grpc.WithPerRPCCredentials(oauth.TokenSource{TokenSource: account.TokenSource})),
	}, nil
}

func sampleRatio() (float64, error) {
	text := config.Optional("TRACE_SAMPLE_RATIO", "")
	if text == "" {
		return defaultSampleRatio, nil
	}
	ratio, err := strconv.ParseFloat(text, 64)
	if err != nil || !(ratio >= 0 && ratio <= 1) { // NaN is none
		return 0, fmt.Errorf("environment variable TRACE_SAMPLE_RATIO: %q is no number from 0 to 1", text)
	}
	return ratio, nil
}
