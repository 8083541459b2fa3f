// Package stripe emulates the part of Stripe's HTTP API that takes card payments, for the
// unmodified client libraries: customers, payment methods, setup and payment intents,
// Checkout sessions, charges, refunds, disputes, events and webhook endpoints, with Stripe's
// idempotency keys, its test cards and their outcomes, signed webhooks and hosted pages.
//
// Every request runs in one transaction over a map of objects: its changes, the events they
// cause, the deliveries of those events and the answer kept for the idempotency key are
// committed together, on disk if there is a data directory, before the answer leaves. So a
// process killed at any time continues where it stopped, and a webhook is sent at least
// once. Time is the machine's.
//
// Beyond Stripe's API there are /emulator/v1/ (faults, totals, reset; see control.go) and the
// hosted pages /c/pay/ and /authenticate/, which are plain forms: a POST completes them
// without a browser.
package stripe
