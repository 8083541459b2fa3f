package billingdb

import (
	"context"
	"fmt"

	"cloud.google.com/go/spanner"

	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/saga/barrier"
)

// start runs begin in the transaction that starts cmd, unless the barrier answers it. A
// final fault of begin is recorded as the refusal, and nothing else of begin is kept.
func (s Store) start(ctx context.Context, cmd message.Command, begin func(context.Context, *spanner.ReadWriteTransaction) error) (reply message.Reply, answered bool, err error) {
	options := spanner.TransactionOptions{TransactionTag: "start-" + cmd.Name}
	_, err = s.Client.ReadWriteTransactionWithOptions(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		var turn barrier.Turn
		if turn, reply, err = barrier.Start(ctx, txn, cmd); err != nil {
			return err
		}
		answered = turn == barrier.Answered
		if turn != barrier.First {
			return nil
		}
		err := begin(ctx, txn)
		if f, ok := fault.Of(err); ok && fault.Final(err) { // begin writes nothing before it fails
			answered = true
			reply, err = barrier.Finish(ctx, txn, cmd, barrier.Refusal(cmd, f))
		}
		return err
	}, options)
	if err != nil {
		return message.Reply{}, false, spannerdb.Fault(fmt.Errorf("start %s of saga %s: %w", cmd.Name, cmd.Saga, err))
	}
	return reply, answered, nil
}

// StartPayment records a payment and its invoice together with the barrier of cmd.
func (s Store) StartPayment(ctx context.Context, cmd message.Command, p billing.Payment, i billing.Invoice) (message.Reply, bool, error) {
	return s.start(ctx, cmd, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		m, ok, err := readOne[methodRow](ctx, txn, "PaymentMethods", spanner.Key{p.MethodID}, methodColumns)
		if err != nil {
			return err
		}
		if !ok || m.UserId != p.UserID || m.State != string(billing.MethodActive) {
			return methodUnusable(p)
		}
		found, ok, err := readOne[invoiceRow](ctx, txn, "Invoices", spanner.Key{i.ID}, invoiceColumns)
		if err != nil {
			return err
		}
		if ok {
			known := found.model()
			if known.State != billing.InvoiceOpen {
				return fault.New(fault.FailedPrecondition, "INVOICE_NOT_OPEN", "invoice %s is %s", i.ID, known.State)
			}
			known.PaymentID, known.UpdateTime = i.PaymentID, i.UpdateTime
			i = known
		}
		i.Attempts++
		p.CustomerID, p.GatewayMethod, p.Brand, p.Last4 = m.GatewayCustomerId, m.GatewayMethodId.StringVal, m.Brand.StringVal, m.Last4.StringVal
		var writes writes
		writes.put("Invoices", fromInvoice(i))
		writes.put("Payments", fromPayment(p))
		return writes.buffer(txn)
	})
}

func methodUnusable(p billing.Payment) error {
	return fault.New(fault.FailedPrecondition, "PAYMENT_METHOD_NOT_USABLE", "payment method %s cannot be charged", p.MethodID).
		With("declineCode", "payment_method_missing")
}

// StartRefund records that a payment is to be returned, together with the barrier of cmd.
// A compensation may find its payment under way; a refund asked for needs one that charged.
func (s Store) StartRefund(ctx context.Context, cmd message.Command, r billing.Refund) (message.Reply, bool, error) {
	return s.start(ctx, cmd, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		a, err := account(ctx, txn, r.PaymentID)
		if err != nil {
			return err
		}
		if !cmd.Compensation && a.Payment.State != billing.PaymentSucceeded {
			return fault.New(fault.FailedPrecondition, "REFUND_NOT_ALLOWED", "payment %s is %s", r.PaymentID, a.Payment.State)
		}
		if a.Refund != nil {
			return fault.New(fault.FailedPrecondition, "ALREADY_REFUNDED", "payment %s has refund %s", r.PaymentID, a.Refund.ID)
		}
		r.Amount, r.UserID, r.InvoiceID, r.Country = a.Payment.Amount, a.Payment.UserID, a.Payment.InvoiceID, a.Payment.Country
		var writes writes
		writes.put("Refunds", fromRefund(r))
		return writes.buffer(txn)
	})
}
