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

// record is what is logged of a delivery: one line, whatever happened.
type record struct {
	name   string
	begin  time.Time
	due    time.Time
	status int
	err    error
}

// log writes the line. A delivery that was put away is an error too.
func (l record) log(ctx context.Context) {
	attrs := []slog.Attr{
		slog.String("function", l.name),
		slog.Group("httpRequest", slog.Int("status", l.status), slog.String("latency", fmt.Sprintf("%.6fs", time.Since(l.begin).Seconds()))),
	}
	if !l.due.IsZero() { // how late it came is what alerts on standing queues read
		attrs = append(attrs, slog.Float64("ageSeconds", max(0, l.begin.Sub(l.due).Seconds())))
	}
	level := slog.LevelInfo
	if l.err != nil {
		level = slog.LevelWarn // it is delivered again
		attrs = append(attrs, slog.String("reason", trigger.Classify(l.err).Reason), slog.Any("error", l.err))
		if f, ok := fault.Of(l.err); ok && f.Unwrap() != nil {
			attrs = append(attrs, slog.Any("cause", f.Unwrap()))
		}
		if l.status == http.StatusNoContent || fault.KindOf(l.err) == fault.Unknown || fault.Is(l.err, fault.Internal) {
			level = slog.LevelError
		}
	}
	if crash, ok := errors.AsType[*trigger.Crash](l.err); ok {
		attrs = append(attrs, slog.String("stack_trace", crash.Error()+"\n\n"+string(crash.Stack)))
	}
	slog.LogAttrs(ctx, level, l.name, attrs...)
}

// failure returns the reason for which the delivery failed, empty if it did not.
func (l record) failure() string {
	if l.err == nil {
		return ""
	}
	return trigger.Classify(l.err).Reason
}
