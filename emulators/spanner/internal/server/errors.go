package server

import (
	"context"
	"errors"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/kwipper/kwipper/emulators/spanner/internal/store"
)

// retryDelay is what an aborted transaction is told to wait. It is short, since
// the next attempt waits in turn for what this one lost.
const retryDelay = time.Millisecond

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

func failed(format string, args ...any) error {
	return status.Errorf(codes.FailedPrecondition, format, args...)
}

func notFound(format string, args ...any) error {
	return status.Errorf(codes.NotFound, format, args...)
}

func unsupported(what string) error {
	return status.Errorf(codes.Unimplemented, "%s is not supported", what)
}

func aborted() error {
	s, err := status.New(codes.Aborted, "Transaction was aborted.").
		WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(retryDelay)})
	if err != nil {
		return status.Error(codes.Aborted, "Transaction was aborted.")
	}
	return s.Err()
}

// toStatus turns an error from within into what a client is to see.
func toStatus(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrAborted):
		return aborted()
	case errors.Is(err, store.ErrFinished):
		return failed("Transaction has already been committed or rolled back.")
	case errors.Is(err, store.ErrClosed):
		return status.Error(codes.Unavailable, "The server is shutting down.")
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, store.ErrInDoubt):
		return status.Errorf(codes.Unavailable, "The emulator's storage fails; it is tried again until it works: %v.", err)
	case errors.Is(err, context.Canceled):
		return status.Error(codes.Canceled, "The call was cancelled.")
	case errors.Is(err, context.DeadlineExceeded):
		return status.Error(codes.DeadlineExceeded, "The deadline of the call has passed.")
	}
	if s, ok := status.FromError(err); ok {
		return s.Err()
	}
	return status.Error(codes.Internal, err.Error())
}
