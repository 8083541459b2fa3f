package stripe

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	stripego "github.com/stripe/stripe-go/v85"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/payment"
)

// failure gives an error of stripe-go its meaning: a fault if Stripe has refused the call,
// payment.ErrUnknown if it may have had its effect.
func failure(doing string, err error) error {
	var se *stripego.Error
	if !errors.As(err, &se) {
		return unknown(doing, err) // no answer, or none that can be read
	}
	switch {
	case undecided(se):
		return unknown(doing, describe(se))
	case se.HTTPStatusCode == http.StatusTooManyRequests:
		return fault.New(fault.Exhausted, payment.ReasonRateLimited, "%s: %w", doing, describe(se)).After(retryAfter(se))
	case se.HTTPStatusCode == http.StatusUnauthorized, se.HTTPStatusCode == http.StatusForbidden:
		return fault.New(fault.Internal, payment.ReasonGatewayRefusesUs, "%s: %w", doing, describe(se))
	case se.Param == "payment_method", se.Type == stripego.ErrorTypeCard:
		return fault.New(fault.FailedPrecondition, payment.ReasonMethodUnusable, "%s: %w", doing, describe(se))
	case se.HTTPStatusCode == http.StatusNotFound, se.Code == stripego.ErrorCodeResourceMissing:
		return fault.New(fault.NotFound, payment.ReasonObjectNotFound, "%s: %w", doing, describe(se))
	default:
		return fault.New(fault.InvalidArgument, payment.ReasonRequestInvalid, "%s: %w", doing, describe(se))
	}
}

// undecided reports whether the call, or an earlier one with its key, may have had its
// effect. A key used with other parameters is among them: what it did first is not known
// here.
func undecided(se *stripego.Error) bool {
	return se.HTTPStatusCode >= http.StatusInternalServerError ||
		se.HTTPStatusCode == http.StatusConflict ||
		se.HTTPStatusCode == http.StatusRequestTimeout ||
		se.Type == stripego.ErrorTypeIdempotency ||
		se.Type == stripego.ErrorTypeAPI ||
		se.Code == stripego.ErrorCodeLockTimeout ||
		se.Code == stripego.ErrorCodeIdempotencyKeyInUse
}

func unknown(doing string, cause error) error {
	return fmt.Errorf("%s: %w: %w", doing, payment.ErrUnknown, cause)
}

// describe keeps what helps to find the request in Stripe's log. stripe-go would print all
// of the intent, with what it knows of the card.
func describe(se *stripego.Error) error {
	return fmt.Errorf("stripe answered %d %s %s %s (param %q, request %s)",
		se.HTTPStatusCode, se.Type, se.Code, se.Msg, se.Param, se.RequestID)
}

func retryAfter(se *stripego.Error) time.Duration {
	if se.LastResponse == nil {
		return 0
	}
	seconds, err := strconv.Atoi(se.LastResponse.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}
