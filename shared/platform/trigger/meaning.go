package trigger

import (
	"context"
	"errors"
	"net/http"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/shared/fault"
)

// Disposal says what an event trigger does with a message that failed.
type Disposal int

// The disposals. A message whose handling can never succeed is put away as a dead letter
// and acknowledged; all others are left to redelivery.
const (
	Retry Disposal = iota
	DeadLetter
)

// Meaning is what a kind of fault means outside.
type Meaning struct {
	HTTPStatus int
	Code       codes.Code
	Status     string // google.rpc.Code in words
	Disposal   Disposal
}

// meanings is the one table of what faults mean to callers and to message brokers.
var meanings = map[fault.Kind]Meaning{
	fault.Unknown:            {http.StatusInternalServerError, codes.Unknown, "UNKNOWN", Retry},
	fault.InvalidArgument:    {http.StatusBadRequest, codes.InvalidArgument, "INVALID_ARGUMENT", DeadLetter},
	fault.Unauthenticated:    {http.StatusUnauthorized, codes.Unauthenticated, "UNAUTHENTICATED", DeadLetter},
	fault.PermissionDenied:   {http.StatusForbidden, codes.PermissionDenied, "PERMISSION_DENIED", DeadLetter},
	fault.NotFound:           {http.StatusNotFound, codes.NotFound, "NOT_FOUND", DeadLetter},
	fault.AlreadyExists:      {http.StatusConflict, codes.AlreadyExists, "ALREADY_EXISTS", DeadLetter},
	fault.FailedPrecondition: {http.StatusBadRequest, codes.FailedPrecondition, "FAILED_PRECONDITION", DeadLetter},
	fault.Conflict:           {http.StatusConflict, codes.Aborted, "ABORTED", Retry},
	fault.Exhausted:          {http.StatusTooManyRequests, codes.ResourceExhausted, "RESOURCE_EXHAUSTED", Retry},
	fault.Unavailable:        {http.StatusServiceUnavailable, codes.Unavailable, "UNAVAILABLE", Retry},
	fault.Internal:           {http.StatusInternalServerError, codes.Internal, "INTERNAL", Retry},
}

// reasonStatus are the reasons that have an HTTP status of their own within their kind.
var reasonStatus = map[string]int{
	ReasonKeyReused:    http.StatusUnprocessableEntity,
	ReasonBodyTooLarge: http.StatusRequestEntityTooLarge,
	ReasonMediaType:    http.StatusUnsupportedMediaType,
	ReasonMethod:       http.StatusMethodNotAllowed,
}

// The reasons with an HTTP status of their own.
const (
	ReasonKeyReused    = "IDEMPOTENCY_KEY_REUSED"
	ReasonBodyTooLarge = "BODY_TOO_LARGE"
	ReasonMediaType    = "UNSUPPORTED_MEDIA_TYPE"
	ReasonMethod       = "METHOD_NOT_ALLOWED"
)

// MeaningOf returns what f means outside.
func MeaningOf(f *fault.Fault) Meaning {
	meaning, ok := meanings[f.Kind]
	if !ok {
		meaning = meanings[fault.Unknown]
	}
	if httpStatus, ok := reasonStatus[f.Reason]; ok {
		meaning.HTTPStatus = httpStatus
	}
	return meaning
}

// Classify returns the fault in err's chain. An error without one is Unavailable when a
// gRPC status or the context says that it passes, else Unknown; its text stays inside.
func Classify(err error) *fault.Fault {
	if f, ok := fault.Of(err); ok {
		return f
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || passing(err) {
		return fault.New(fault.Unavailable, "UNAVAILABLE", "the service is briefly unavailable; try again")
	}
	return fault.New(fault.Unknown, "INTERNAL", "an internal error occurred")
}

func passing(err error) bool {
	switch status.Code(err) {
	case codes.Aborted, codes.Unavailable, codes.DeadlineExceeded, codes.Canceled:
		return true
	default:
		return false
	}
}
