// Package billing owns invoices, payments, refunds, payment methods and the ledger.
//
// Money moves at a gateway, outside any transaction of ours. A payment is therefore a
// small state machine that is driven: Account.Next says, from what is recorded, which one
// call to the gateway comes next; the Driver makes it; Account's transitions record what
// it told, in one transaction with the ledger, the invoice and the reply to the saga. What
// is recorded is inferred from the gateway's own state, never from a call that failed: an
// outcome that is unknown is recorded as nothing, and a task asks again.
//
// Pay and Refund (commands), RetryPayment (task) and PaymentWebhook all do the same: they
// record why they came, then drive. Any number of them may drive one payment at once:
// only the intent that is recorded is ever confirmed, an intent charges once, and
// transitions only move forward.
//
// The ledger is append-only. Each movement of money is a pair of entries that sums to
// zero; its id is made from what moved, so that it is booked once.
package billing
