// Package outbound makes the HTTP requests that emulated services send to applications:
// pushes, tasks, scheduled calls. It adds the token of a service account, makes faults
// happen that a test or a person asked for, and remembers the latest attempts.
package outbound
