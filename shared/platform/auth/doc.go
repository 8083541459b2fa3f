// Package auth verifies who calls: users by the tokens of the identity service, Pub/Sub,
// Cloud Tasks and Cloud Scheduler by the OIDC tokens of the invoking service account.
// Issuer, audience, signature and machine time are checked. What is wrong with a token is
// Unauthenticated with a stable reason; keys that cannot be fetched are Unavailable, since
// the token may well be right.
package auth
