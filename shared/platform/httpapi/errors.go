package httpapi

import (
	"time"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/trigger"
)

// The reasons that the trigger itself gives, beside those of packages auth and trigger.
const (
	ReasonInvalid       = "INVALID_ARGUMENT"
	ReasonNotFound      = "NOT_FOUND"
	ReasonNotRegistered = "USER_NOT_REGISTERED"
	ReasonKeyMissing    = "IDEMPOTENCY_KEY_MISSING"
	ReasonKeyInvalid    = "IDEMPOTENCY_KEY_INVALID"
)

type errorBody struct {
	Error trigger.ErrorStatus `json:"error"`
}

func toError(err error) errorBody { return errorBody{trigger.HTTPError(trigger.Classify(err))} }

func retryAfter(err error) time.Duration {
	if f, ok := fault.Of(err); ok {
		return f.RetryAfter
	}
	return 0
}
