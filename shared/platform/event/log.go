package event

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/trigger"
)

// logDelivery writes one line about a delivery. One that was put away is an error too.
func logDelivery(ctx context.Context, name string, status int, latency time.Duration, err error) {
	attrs := []slog.Attr{
		slog.String("function", name),
		slog.Group("httpRequest", slog.Int("status", status), slog.String("latency", fmt.Sprintf("%.6fs", latency.Seconds()))),
	}
	level := slog.LevelInfo
	if err != nil {
		level = slog.LevelWarn // it is delivered again
		attrs = append(attrs, slog.String("reason", trigger.Classify(err).Reason), slog.Any("error", err))
		if f, ok := fault.Of(err); ok && f.Unwrap() != nil {
			attrs = append(attrs, slog.Any("cause", f.Unwrap()))
		}
		if status == http.StatusNoContent || fault.KindOf(err) == fault.Unknown || fault.Is(err, fault.Internal) {
			level = slog.LevelError
		}
	}
	if crash, ok := errors.AsType[*trigger.Crash](err); ok {
		attrs = append(attrs, slog.String("stack_trace", crash.Error()+"\n\n"+string(crash.Stack)))
	}
	slog.LogAttrs(ctx, level, name, attrs...)
}
