package query

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cloudspannerecosystem/memefish"
	"github.com/cloudspannerecosystem/memefish/token"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// place says where in a statement something stands.
type place struct {
	sql string
	pos token.Pos
}

// String returns the place as Spanner writes it, or nothing if it is unknown.
func (p place) String() string {
	if p.sql == "" || p.pos < 0 || int(p.pos) > len(p.sql) {
		return ""
	}
	before := p.sql[:p.pos]
	line := strings.Count(before, "\n") + 1
	column := len([]rune(before[strings.LastIndexByte(before, '\n')+1:])) + 1
	return fmt.Sprintf(" [at %d:%d]", line, column)
}

// invalid returns INVALID_ARGUMENT that names the place.
func (a *analyzer) invalid(pos token.Pos, format string, args ...any) error {
	return status.Error(codes.InvalidArgument, fmt.Sprintf(format, args...)+place{a.sql, pos}.String())
}

// unsupported returns UNIMPLEMENTED that names the construct and the place.
func (a *analyzer) unsupported(pos token.Pos, format string, args ...any) error {
	return status.Error(codes.Unimplemented, fmt.Sprintf(format, args...)+" is not supported"+place{a.sql, pos}.String())
}

// syntaxError turns the parser's error into Spanner's.
func syntaxError(err error) error {
	var list memefish.MultiError
	if errors.As(err, &list) && len(list) > 0 {
		e := list[0]
		if e.Position == nil {
			return status.Errorf(codes.InvalidArgument, "Syntax error: %s", e.Message)
		}
		return status.Errorf(codes.InvalidArgument, "Syntax error: %s [at %d:%d]", e.Message, e.Position.Line+1, e.Position.Column+1)
	}
	return status.Errorf(codes.InvalidArgument, "Syntax error: %v", err)
}

// outOfRange returns the error of an evaluation that has no result.
func outOfRange(format string, args ...any) error {
	return status.Errorf(codes.OutOfRange, format, args...)
}

// invalidArgument returns INVALID_ARGUMENT without a place.
func invalidArgument(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

// unimplemented returns UNIMPLEMENTED without a place.
func unimplemented(format string, args ...any) error {
	return status.Error(codes.Unimplemented, fmt.Sprintf(format, args...)+" is not supported")
}
