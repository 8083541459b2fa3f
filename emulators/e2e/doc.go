// Package e2e tests Kwipper whole: all functions over all emulators, through the HTTP API
// as front ends use it, with everything that may go wrong on the way.
//
// The tests of a process share a stack, in which each has learners and courses of its own.
// Crash tests run stacks in processes of their own, to be killed. After each test the
// books are checked: what the payment gateway holds, what the ledger says, and who may
// study what.
package e2e
