// Package httpapi is the HTTP trigger: it turns an operation of the OpenAPI document and a
// use case into a handler. It verifies who calls, validates the request against the
// document, limits the body, answers OPTIONS, maps faults to AIP-193 errors, carries the
// trace, logs one line a request, and recovers from panics.
//
// The order of refusals is fixed: 404 and 405, 401, 403, 413 and 415, 400.
package httpapi
