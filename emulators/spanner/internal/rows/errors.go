package rows

import (
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

func internal(format string, args ...any) error {
	return status.Errorf(codes.Internal, format, args...)
}

func failed(format string, args ...any) error {
	return status.Errorf(codes.FailedPrecondition, format, args...)
}

func alreadyExists(format string, args ...any) error {
	return status.Errorf(codes.AlreadyExists, format, args...)
}

func notFound(format string, args ...any) error {
	return status.Errorf(codes.NotFound, format, args...)
}

func outOfRange(format string, args ...any) error {
	return status.Errorf(codes.OutOfRange, format, args...)
}

// keyText prints the parts of a row's key, for messages.
func keyText(parts []schema.KeyPart, row []value.Value) string {
	texts := make([]string, len(parts))
	for i, part := range parts {
		switch v := row[part.Column]; {
		case v.IsNull():
			texts[i] = "NULL"
		case v.IsCommitTimestamp():
			texts[i] = "spanner.commit_timestamp()"
		default:
			texts[i] = v.Text()
		}
	}
	return "[" + strings.Join(texts, ", ") + "]"
}

func columnNames(t *schema.Table, ordinals []int) string {
	names := make([]string, len(ordinals))
	for i, ordinal := range ordinals {
		names[i] = t.Columns[ordinal].Name
	}
	return strings.Join(names, ", ")
}
