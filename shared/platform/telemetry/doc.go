// Package telemetry writes logs in the fields of Cloud Logging, and traces by
// OpenTelemetry.
//
// One trace shows one saga: the request that starts it, its commands, what participants do
// for each, their replies, to the end. The context travels as W3C traceparent in HTTP
// headers and in the attributes of messages, and the saga's row keeps that of its beginning
// for when nobody brings it along. What is scheduled for later than now begins a trace of
// its own that links to the one that scheduled it, as a trace that spans months helps nobody.
//
// Spans are always made, so that log lines name trace and span; Record says who gets those
// that are sampled. Spans and logs hold ids, names of operations and outcomes, and never
// names of people, addresses, tokens, or anything that was typed in.
package telemetry
