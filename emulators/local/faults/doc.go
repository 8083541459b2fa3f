// Package faults holds the failures that somebody asks of a local stack: which calls they
// meet, what goes wrong with them, how often, and how often they did.
//
// A rule names a target: a function, or one of the emulators. The emulators ask Attempt
// before each attempt; functions are wrapped by Handler, which can do more, since it sees
// a call begin and end: it can kill the process in between.
package faults
