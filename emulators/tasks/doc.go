// Package tasks emulates Google Cloud Tasks (v2) for the unmodified client library: queues
// with rate limits and retries, named tasks with HTTP targets, pause, purge and run.
//
// The schedule time of a task is business time, so tasks come due when the clock travels.
// Rates, back-off, retry durations and the tombstones of used names are machine time.
// A task is durable when CreateTask answers; its end is stored lazily, so a crash can
// repeat a dispatch but cannot lose one.
//
// App Engine targets, queue-level HTTP targets, batch calls and IAM are answered
// UNIMPLEMENTED.
package tasks
