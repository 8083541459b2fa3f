package telemetry

import (
	"context"
	"io"
	"log/slog"

	"go.opentelemetry.io/otel/trace"
)

// NewLogger returns a logger that writes lines of JSON as Cloud Logging reads them. With a
// project, lines link to Cloud Trace. The labels go on every line.
func NewLogger(w io.Writer, project string, labels map[string]string) *slog.Logger {
	handler := slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: cloudField})
	logger := slog.New(Handler{Handler: handler, Project: project})
	if len(labels) > 0 {
		logger = logger.With("logging.googleapis.com/labels", labels)
	}
	return logger
}

// cloudField renames slog's own fields to those of Cloud Logging.
func cloudField(groups []string, attr slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return attr
	}
	switch attr.Key {
	case slog.MessageKey:
		attr.Key = "message"
	case slog.LevelKey:
		level, _ := attr.Value.Any().(slog.Level)
		return slog.String("severity", severity(level))
	}
	return attr
}

func severity(level slog.Level) string {
	switch {
	case level < slog.LevelInfo:
		return "DEBUG"
	case level < slog.LevelWarn:
		return "INFO"
	case level < slog.LevelError:
		return "WARNING"
	default:
		return "ERROR"
	}
}

// Handler adds trace and span of the context to each record before Handler writes it.
type Handler struct {
	slog.Handler
	Project string // of the traces, may be empty
}

// Handle adds the trace context to record.
func (h Handler) Handle(ctx context.Context, record slog.Record) error {
	span := trace.SpanContextFromContext(ctx)
	if span.IsValid() {
		name := span.TraceID().String()
		if h.Project != "" {
			name = "projects/" + h.Project + "/traces/" + name
		}
		record.AddAttrs(
			slog.String("logging.googleapis.com/trace", name),
			slog.String("logging.googleapis.com/spanId", span.SpanID().String()),
			slog.Bool("logging.googleapis.com/trace_sampled", span.IsSampled()),
		)
	}
	return h.Handler.Handle(ctx, record)
}

// WithAttrs keeps the trace context on the handler with attributes.
func (h Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return Handler{Handler: h.Handler.WithAttrs(attrs), Project: h.Project}
}

// WithGroup keeps the trace context on the handler with a group.
func (h Handler) WithGroup(name string) slog.Handler {
	return Handler{Handler: h.Handler.WithGroup(name), Project: h.Project}
}
