// Package identity emulates the two issuers that Kwipper's tokens come from, on one port.
//
// The first stands for Firebase Authentication: it speaks the Identity Toolkit REST API as
// far as the Firebase web SDK's connectAuthEmulator needs it, keeps accounts with hashed
// passwords and custom claims, and issues ID and refresh tokens. The second stands for
// accounts.google.com: it issues the OIDC tokens with which Pub/Sub, Cloud Tasks and Cloud
// Scheduler call functions, also over the paths of the metadata server.
//
// Both sign with RS256 and keys of their own and serve OIDC discovery and a JWKS under their
// issuer URL, so that verifiers check these tokens exactly as they check the real ones.
// Tokens live by the machine's clock. Accounts, keys and refresh tokens are kept in a data
// directory.
package identity
