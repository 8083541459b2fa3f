// Package e2e tests Kwipper whole: all functions over all emulators, through the HTTP API
// as front ends use it, with everything that may go wrong on the way.
//
// The tests of a process share a stack, in which each has learners and courses of its own.
// Crash tests run stacks in processes of their own, to be killed. After each test the
// books are checked: what the payment gateway holds, what the ledger says, and who may
// study what.
//
// Outages are enumerated: each commit of Spanner, each publishing and each delivery of a
// story fails in turn, before it is done and after. By default a seeded sample of them
// runs; -e2e.long runs all, in about ten minutes more, so with -timeout=40m.
package e2e
