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

// begin stores what a command asks for and returns the answer if there is one already. It
// writes nothing before it fails.
type begin func(context.Context, *spanner.ReadWriteTransaction) ([]billing.Answer, error)

// start runs begin in the transaction that starts cmd, unless the barrier answers it. A
// final fault of begin is recorded as the refusal.
func (s Store) start(ctx context.Context, cmd message.Command, begin begin) (reply message.Reply, answered bool, err error) {
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
		answers, err := begin(ctx, txn)
		switch f, ok := fault.Of(err); {
		case ok && fault.Final(err):
			reply = barrier.Refusal(cmd, f)
		case err != nil || len(answers) == 0:
			return err
		default:
			if reply, err = answers[0].Reply(cmd); err != nil {
				return err
			}
		}
		answered = true
		reply, err = barrier.Finish(ctx, txn, cmd, reply)
		return err
	}, options)
	if err != nil {
		return message.Reply{}, false, spannerdb.Fault(fmt.Errorf("start %s of saga %s: %w", cmd.Name, cmd.Saga, err))
	}
	return reply, answered, nil
}

// StartPayment records a payment and its invoice together with the barrier of cmd.
func (s Store) StartPayment(ctx context.Context, cmd message.Command, p billing.Payment, i billing.Invoice) (message.Reply, bool, error) {
	return s.start(ctx, cmd, func(ctx context.Context, txn *spanner.ReadWriteTransaction) ([]billing.Answer, error) {
		known, err := records(ctx, txn, p.MethodID, i.ID)
		if err != nil {
			return nil, err
		}
		a, err := billing.BeginPayment(p, i, known, p.CreateTime)
		if err != nil {
			return nil, err
		}
		return a.Answers, write(txn, billing.Account{}, a)
	})
}

// records reads what decides whether a payment may begin.
func records(ctx context.Context, txn *spanner.ReadWriteTransaction, methodID, invoiceID string) (billing.Records, error) {
	var known billing.Records
	m, ok, err := readOne[methodRow](ctx, txn, "get-payment-method", "PaymentMethods", spanner.Key{methodID}, methodColumns)
	if err != nil {
		return known, err
	}
	if ok {
		model := m.model()
		known.Method = &model
	}
	i, ok, err := readOne[invoiceRow](ctx, txn, "get-invoice", "Invoices", spanner.Key{invoiceID}, invoiceColumns)
	if err != nil || !ok {
		return known, err
	}
	invoice := i.model()
	known.Invoice = &invoice
	p, ok, err := readOne[paymentRow](ctx, txn, "get-payment", "Payments", spanner.Key{invoice.PaymentID}, paymentColumns)
	if err == nil && ok {
		latest := p.model()
		known.Latest = &latest
	}
	return known, err
}

// StartRefund records that a payment is to be returned, together with the barrier of cmd.
func (s Store) StartRefund(ctx context.Context, cmd message.Command, r billing.Refund) (message.Reply, bool, error) {
	return s.start(ctx, cmd, func(ctx context.Context, txn *spanner.ReadWriteTransaction) ([]billing.Answer, error) {
		before, err := account(ctx, txn, r.PaymentID)
		if err != nil {
			return nil, err
		}
		after, err := billing.BeginRefund(before, r)
		if err != nil {
			return nil, err
		}
		return after.Answers, write(txn, before, after)
	})
}
