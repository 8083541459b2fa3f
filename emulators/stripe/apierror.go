package stripe

import (
	"fmt"
	"net/http"
)

// apiError is an error in Stripe's shape.
type apiError struct {
	Type          string         `json:"type"`
	Code          string         `json:"code,omitempty"`
	DeclineCode   string         `json:"decline_code,omitempty"`
	Message       string         `json:"message"`
	Param         string         `json:"param,omitempty"`
	Charge        string         `json:"charge,omitempty"`
	DocURL        string         `json:"doc_url,omitempty"`
	PaymentIntent map[string]any `json:"payment_intent,omitempty"`
	PaymentMethod map[string]any `json:"payment_method,omitempty"`
	SetupIntent   map[string]any `json:"setup_intent,omitempty"`

	status int
	// kept says that the request ran: its changes are committed and its idempotency key
	// replays this error.
	kept bool
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s: %s", e.status, e.Code, e.Message) }

func invalid(param, format string, args ...any) *apiError {
	return &apiError{
		Type: "invalid_request_error", Param: param, Message: fmt.Sprintf(format, args...),
		status: http.StatusBadRequest,
	}
}

func missingParam(param string) *apiError {
	e := invalid(param, "Missing required param: %s.", param)
	e.Code = "parameter_missing"
	return e
}

// noSuch is the error for an id that names nothing; param is "id" for one in the path.
func noSuch(kind, id, param string) *apiError {
	e := invalid(param, "No such %s: '%s'", kind, id)
	e.Code = "resource_missing"
	if param == "id" {
		e.status = http.StatusNotFound
	}
	return e
}

func withCode(code string, e *apiError) *apiError {
	e.Code = code
	return e
}

// serverError is Stripe's 500. It is kept like any answer.
func serverError() *apiError {
	return &apiError{
		Type:    "api_error",
		Message: "An unknown error occurred.",
		status:  http.StatusInternalServerError,
		kept:    true,
	}
}
