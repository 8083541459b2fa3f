// Package scheduler emulates Google Cloud Scheduler (v1) for the unmodified client library:
// cron jobs in a time zone with HTTP and Pub/Sub targets.
//
// Schedules are business time, so jobs fire when the clock travels; retries and deadlines
// of attempts are machine time. A clock that jumps over several instants of a job makes it
// fire once, for the latest; who wants each must stop at NextDue. The next instant is
// stored when an execution has ended, so a crash in its middle makes it run again.
//
// App Engine targets and App Engine's English schedules are answered UNIMPLEMENTED.
package scheduler
