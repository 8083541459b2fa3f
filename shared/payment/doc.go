// Package payment is the port to a payment gateway: plain types and one small interface
// for each use, without I/O. payment/stripe is its adapter.
//
// The rules a caller keeps, whatever the gateway:
//
//   - A charge takes two calls. CreateIntent makes an intent that cannot charge yet; the
//     caller stores its id and only then calls ConfirmIntent. A crash in between leaves an
//     intent that never charged, so creating another one later is harmless, and no search
//     by metadata is needed. With the same key and request, CreateIntent answers the same
//     intent for a day.
//   - A decline is a value in Intent, not an error.
//   - An error for which errors.Is(err, ErrUnknown) holds says nothing about what happened:
//     the call may have charged. Ask GetIntent (or GetRefund); never take it for a refusal.
//   - Other errors are faults: the gateway has refused the call and nothing was done.
//   - ConfirmIntent and CancelIntent on an intent that has gone further answer the state it
//     is in. CreateRefund is repeatable at any age: it looks for a refund with the same
//     RefundID first.
//   - Gateways forget keys after a day and replay stored errors until then. Each attempt has
//     a number, and its key contains it.
package payment
