// Package sagadb keeps sagas in Spanner and drives them: it applies an event to a saga's
// row in one transaction, publishes the commands that follow after the commit, and returns
// only then, so that whoever delivered the event acknowledges it only then. What a crash
// cuts off in between is caught up by the redelivery or, for what has none, by the next run
// of ResumeDue.
package sagadb
