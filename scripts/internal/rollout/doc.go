// Package rollout moves the requests of an environment from the revisions that serve to those
// that a deployment made: step by step, watching the signals that the alerts watch, and back at
// once when one of them is lost. docs/adr/0015 says why it is done this way.
//
// What serves is read from Cloud Run each time; only what cannot be read there (which revision
// served before, who moves just now, what was taken back) is kept, in one object of a bucket.
package rollout
