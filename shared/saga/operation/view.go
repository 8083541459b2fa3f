// Package operation shows sagas to those who started them, as the long-running operations
// of the HTTP API.
package operation

import (
	"strings"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/payment"
	"github.com/kwipper/kwipper/shared/platform/trigger"
	"github.com/kwipper/kwipper/shared/saga"
)

// Operation is api.Operation, of which an error and a response are there only when the
// operation has one.
type Operation struct {
	Name     string                 `json:"name"`
	Done     bool                   `json:"done"`
	Metadata api.OperationMetadata  `json:"metadata"`
	Error    *trigger.ErrorStatus   `json:"error,omitempty"`
	Response *api.OperationResponse `json:"response,omitempty"`
}

// Of returns the operation that the saga is to its owner.
func Of(s saga.Saga) Operation {
	o := Operation{Name: "operations/" + s.ID, Done: s.Finished(), Metadata: metadata(s)}
	switch s.Phase {
	case saga.Succeeded:
		o.Response = &api.OperationResponse{Subscription: s.Subscription, Course: s.Course, Invoice: s.Invoice}
	case saga.Failed:
		e := trigger.OperationError(failure(s))
		o.Error = &e
	}
	return o
}

func metadata(s saga.Saga) api.OperationMetadata {
	m := api.OperationMetadata{
		Kind: api.OperationMetadataKind(strings.ToUpper(s.Definition)), State: state(s),
		Subscription: s.Subscription, Course: s.Course, Invoice: s.Invoice,
		CreateTime: s.StartTime, UpdateTime: s.MoveTime, ExpireTime: s.Deadline,
	}
	if info, waits := s.AwaitsPerson(); waits {
		if !info.ExpireTime.IsZero() {
			m.ExpireTime = info.ExpireTime
		}
		if a := info.NextAction; a != nil {
			m.NextAction = api.NextAction{Type: api.NextActionType(a.Type),
				RedirectURI: a.RedirectURI, Reference: a.Reference, ExpireTime: info.ExpireTime}
		}
	}
	return m
}

func state(s saga.Saga) api.OperationMetadataState {
	_, waits := s.AwaitsPerson()
	switch {
	case s.Phase == saga.Succeeded:
		return api.OperationMetadataStateSUCCEEDED
	case s.Phase == saga.Failed:
		return api.OperationMetadataStateFAILED
	case s.Phase == saga.Back:
		return api.OperationMetadataStateCOMPENSATING
	case waits:
		return api.OperationMetadataStateWAITING
	default:
		return api.OperationMetadataStateRUNNING
	}
}

// declines are the reasons that a learner is told in their own language.
var declines = map[payment.DeclineReason]bool{
	payment.DeclineGeneric: true, payment.DeclineInsufficientFunds: true, payment.DeclineExpiredCard: true,
	payment.DeclineIncorrectDetails: true, payment.DeclineLimitExceeded: true,
	payment.DeclineAuthenticationRequired: true, payment.DeclineAuthenticationFailed: true,
	payment.DeclineUnsupportedCard: true, payment.DeclineTryLater: true,
}

// failure returns why the saga failed as a fault, with the message for its owner when a
// payment was refused.
func failure(s saga.Saga) *fault.Fault {
	if s.Failure == nil {
		return fault.New(fault.Internal, "INTERNAL", "the operation failed")
	}
	f := fault.New(kind(s.Failure.Kind), s.Failure.Reason, "%s", s.Failure.Message)
	for key, value := range s.Failure.Metadata {
		f = f.With(key, value)
	}
	if reason := payment.DeclineReason(f.Reason); declines[reason] && f.Metadata[trigger.LocalizedMessageKey] == "" {
		text, locale := reason.LocalizedMessage(s.Language)
		f = f.With(trigger.LocaleKey, locale).With(trigger.LocalizedMessageKey, text)
	}
	return f
}

// kind returns the kind of fault that is called so.
func kind(name string) fault.Kind {
	for k := fault.InvalidArgument; k <= fault.Internal; k++ {
		if k.String() == name {
			return k
		}
	}
	return fault.Unknown
}
