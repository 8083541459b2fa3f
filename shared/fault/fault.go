// Package fault gives errors a meaning. Use cases return faults; only triggers turn
// them into an HTTP status or into ack, retry and dead letter. An error without a fault
// in its chain is unknown: it is retried and never acknowledged.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what a fault means to the caller.
type Kind int

// The kinds, in the order of the table in ARCHITECTURE. Unknown is the kind of every
// error that carries no fault.
const (
	Unknown Kind = iota
	InvalidArgument
	Unauthenticated
	PermissionDenied
	NotFound
	AlreadyExists
	FailedPrecondition
	Conflict
	Exhausted
	Unavailable
	Internal
)

var kindNames = [...]string{
	"unknown", "invalid argument", "unauthenticated", "permission denied", "not found",
	"already exists", "failed precondition", "conflict", "exhausted", "unavailable", "internal",
}

// String returns the kind in words, for logs.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return fmt.Sprintf("kind(%d)", int(k))
	}
	return kindNames[k]
}

// Field names one part of a request that is wrong and says how
// (google.rpc.BadRequest.FieldViolation).
type Field struct {
	Name        string
	Description string
}

// Fault is an error with a meaning. Reason is a stable word in upper snake case that
// callers may branch on; it is listed in the OpenAPI document when it can reach one.
type Fault struct {
	Kind    Kind
	Reason  string
	Message string // for developers; never holds personal data
	Fields  []Field
	// Metadata are details a program can use (google.rpc.ErrorInfo.metadata).
	Metadata map[string]string
	// RetryAfter, when positive, tells the caller how long to wait.
	RetryAfter time.Duration
	cause      error
}

// New makes a fault of kind and reason with a formatted message. A %w verb in the
// format keeps the wrapped error in the chain.
func New(kind Kind, reason, format string, args ...any) *Fault {
	err := fmt.Errorf(format, args...)
	return &Fault{Kind: kind, Reason: reason, Message: err.Error(), cause: errors.Unwrap(err)}
}

// Invalid makes an InvalidArgument fault (reason INVALID_ARGUMENT) about the given fields.
func Invalid(fields ...Field) *Fault {
	message := "the request is invalid"
	if len(fields) > 0 {
		message = fields[0].Name + ": " + fields[0].Description
	}
	return &Fault{Kind: InvalidArgument, Reason: "INVALID_ARGUMENT", Message: message, Fields: fields}
}

// Error returns the message.
func (f *Fault) Error() string { return f.Message }

// Unwrap returns the wrapped error, if any.
func (f *Fault) Unwrap() error { return f.cause }

// With returns a copy that carries one more metadata entry.
func (f *Fault) With(key, value string) *Fault {
	c := *f
	c.Metadata = map[string]string{key: value}
	for k, v := range f.Metadata {
		if k != key {
			c.Metadata[k] = v
		}
	}
	return &c
}

// After returns a copy that asks the caller to wait for d before trying again.
func (f *Fault) After(d time.Duration) *Fault {
	c := *f
	c.RetryAfter = d
	return &c
}

// Of returns the first fault in err's chain and whether there is one.
func Of(err error) (*Fault, bool) {
	var f *Fault
	ok := errors.As(err, &f)
	return f, ok
}

// KindOf returns the kind of err, Unknown when it carries no fault.
func KindOf(err error) Kind {
	if f, ok := Of(err); ok {
		return f.Kind
	}
	return Unknown
}

// Is reports whether err carries a fault of the given kind.
func Is(err error, kind Kind) bool { return KindOf(err) == kind && err != nil }

// ReasonOf returns the reason of err, empty when it carries no fault.
func ReasonOf(err error) string {
	if f, ok := Of(err); ok {
		return f.Reason
	}
	return ""
}

// Final reports whether trying the same again can never succeed: a refusal for a reason
// of business or of form. Unknown, unavailable, exhausted, conflict and internal are not final.
func Final(err error) bool {
	switch KindOf(err) {
	case InvalidArgument, Unauthenticated, PermissionDenied, NotFound, AlreadyExists, FailedPrecondition:
		return true
	default:
		return false
	}
}
