// Package behaviour holds tests of what a client sees of the emulator, topic by
// topic: each is written after what the cases of the official emulator's public
// conformance suite check, and says which. None of its code, text or data is
// used. official.txt says of every file of the suite what is covered here, what
// is left out, and why.
//
// The tests call the service itself, since clients hide much of what matters:
// calls sent again, transactions used after their end, values that are no values.
package behaviour
