package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/auth"
	"github.com/kwipper/kwipper/shared/platform/trigger"
)

// record is what is logged of a request: one line, whatever happened.
type record struct {
	operation, method, path string
	begin                   time.Time
	caller                  auth.Caller
	status                  int
	err                     error
	writeErr                error
}

func (l record) log(ctx context.Context) {
	latency := time.Since(l.begin)
	attrs := []slog.Attr{
		slog.String("operation", l.operation),
		slog.Group("httpRequest",
			slog.String("requestMethod", l.method), slog.String("requestUrl", l.path),
			slog.Int("status", l.status), slog.String("latency", fmt.Sprintf("%.6fs", latency.Seconds()))),
	}
	if l.caller.UserID != "" {
		attrs = append(attrs, slog.String("user", l.caller.UserID))
	}
	level := slog.LevelInfo
	if l.err != nil {
		attrs = append(attrs, slog.String("reason", trigger.Classify(l.err).Reason), slog.Any("error", l.err))
		if f, ok := fault.Of(l.err); ok && f.Unwrap() != nil {
			attrs = append(attrs, slog.Any("cause", f.Unwrap()))
		}
	}
	if l.writeErr != nil {
		attrs = append(attrs, slog.Any("error", l.writeErr))
	}
	if l.status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	if crash, ok := errors.AsType[*trigger.Crash](l.err); ok {
		attrs = append(attrs, slog.String("stack_trace", crash.Error()+"\n\n"+string(crash.Stack)))
	}
	slog.LogAttrs(ctx, level, l.operation, attrs...)
}

// failure returns the reason for which the request failed on our side, empty if it did not.
func (l record) failure() string {
	if l.status < http.StatusInternalServerError {
		return ""
	}
	return trigger.Classify(l.err).Reason
}
