// Package trigger is what HTTP and event triggers share: the table of what a fault means
// outside, dependencies that are created on first use, and the wait for requests in flight
// when the instance is told to stop.
package trigger
