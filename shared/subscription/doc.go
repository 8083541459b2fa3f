// Package subscription owns the recurring subscriptions of learners to courses.
//
// A subscription is reserved (PENDING) by the subscribe saga, active once it is paid,
// renewed period after period, and ended by its learner, by a refund or by dunning. One
// saga at a time holds its row (HeldBy): a renewal and a refund never meddle with each
// other. The transitions in transition.go are pure; the store applies one in a
// transaction together with the barrier of the command that asked for it.
//
// Periods are anchored (package period). A charge happens at a moment of the boundary's
// local day that is spread by hash, so that local midnights and the ends of short months
// are not spikes; the boundary itself does not move.
package subscription
