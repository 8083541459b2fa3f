// Package control is the control API of a local stack and its console: what a developer or
// a test does to a stack from outside of the product, such as moving time, making things
// fail, going back to a snapshot, and looking at what happened. It is served on a port of
// its own, never on the API's.
//
// Everything is under /local/v1/: see New for the calls. Errors are as the API's (AIP-193).
package control
