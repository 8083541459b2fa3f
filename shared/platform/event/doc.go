// Package event is the trigger of functions that no user calls: Pub/Sub pushes (commands,
// replies, notifications of Cloud Storage), Cloud Tasks and Cloud Scheduler. Each verifies
// the OIDC token of the invoking service account for its own address, and answers 204 for
// what is handled, which acknowledges it, or an error, after which it is delivered again.
// What can never succeed is put away first: a message goes to the dead-letter topic of its
// topic, a task to the log; the rows of the database remain the truth.
//
// Push subscriptions are named after topic and function, "<topic>.<Function>", so that the
// envelope tells which dead-letter topic ("<topic>-dead") a message belongs to.
package event
