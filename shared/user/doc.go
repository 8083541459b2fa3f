// Package user holds people: who registered, from where, in which language and zone, and
// with which roles. It keeps how many subscriptions a user has, written by the sagas that
// start and end them.
//
// Nobody opens the User database to know who calls: user id, country and roles are claims
// of the identity service's token. The database is the truth and the claims a copy, written
// after each commit that concerns them; see Accounts.
package user
