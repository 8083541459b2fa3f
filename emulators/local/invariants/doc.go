// Package invariants checks what must be true of a stack that has come to rest, whatever
// was delivered twice, late or not at all, and whoever crashed: money adds up in our books
// and at the gateway, and who has paid has access, and nobody else.
//
// It reads the tables themselves, not through the services' stores, so that it does not
// share their mistakes.
package invariants
