// Package billingdb keeps invoices, payments, refunds, payment methods, gateway events and
// the ledger in the database "billing".
package billingdb

import (
	"context"
	"fmt"
	"log/slog"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/saga/barrier"
)

// Store is the Spanner store of billing.
type Store struct{ Client *spanner.Client }

// reader is what reads rows: a transaction or a single read.
type reader interface {
	ReadRowWithOptions(ctx context.Context, table string, key spanner.Key, columns []string, options *spanner.ReadOptions) (*spanner.Row, error)
}

// readOne reads a row into R; ok is false when there is none.
func readOne[R any](ctx context.Context, r reader, tag, table string, key spanner.Key, columns []string) (row R, ok bool, err error) {
	found, err := r.ReadRowWithOptions(ctx, table, key, columns, &spanner.ReadOptions{RequestTag: tag})
	if spanner.ErrCode(err) == codes.NotFound {
		return row, false, nil
	}
	if err == nil {
		err = found.ToStructLenient(&row)
	}
	if err != nil {
		return row, false, fmt.Errorf("read %s %v: %w", table, key, err)
	}
	return row, true, nil
}

// account reads what is recorded of a payment.
func account(ctx context.Context, r reader, paymentID string) (billing.Account, error) {
	p, ok, err := readOne[paymentRow](ctx, r, "get-payment", "Payments", spanner.Key{paymentID}, paymentColumns)
	if err != nil {
		return billing.Account{}, err
	}
	if !ok {
		return billing.Account{}, fault.New(fault.NotFound, "NOT_FOUND", "there is no payment %s", paymentID)
	}
	i, ok, err := readOne[invoiceRow](ctx, r, "get-invoice", "Invoices", spanner.Key{p.InvoiceId}, invoiceColumns)
	if err != nil {
		return billing.Account{}, err
	}
	if !ok {
		return billing.Account{}, fmt.Errorf("payment %s is without its invoice %s", paymentID, p.InvoiceId)
	}
	a := billing.Account{Payment: p.model(), Invoice: i.model()}
	refund, ok, err := readOne[refundRow](ctx, r, "get-refund", "Refunds", spanner.Key{paymentID}, refundColumns)
	if err != nil {
		return billing.Account{}, err
	}
	if ok {
		model := refund.model()
		a.Refund = &model
	}
	return a, nil
}

// Change applies change to the account of a payment in one transaction, together with the
// entries and the answers that it adds.
func (s Store) Change(ctx context.Context, paymentID string, change func(*billing.Account) error) (after billing.Account, replies []message.Reply, err error) {
	options := spanner.TransactionOptions{TransactionTag: "change-payment"}
	_, err = s.Client.ReadWriteTransactionWithOptions(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		before, err := account(ctx, txn, paymentID)
		if err != nil {
			return err
		}
		after = before
		if before.Refund != nil {
			refund := *before.Refund
			after.Refund = &refund
		}
		if err := change(&after); err != nil {
			return err
		}
		if err := write(txn, before, after); err != nil {
			return err
		}
		replies, err = answer(ctx, txn, after.Answers)
		return err
	}, options)
	if err != nil {
		return billing.Account{}, nil, spannerdb.Fault(fmt.Errorf("change payment %s: %w", paymentID, err))
	}
	after.Entries, after.Answers = nil, nil
	return after, replies, nil
}

// write buffers what changed.
func write(txn *spanner.ReadWriteTransaction, before, after billing.Account) error {
	var writes writes
	if before.Payment != after.Payment {
		writes.put("Payments", fromPayment(after.Payment))
	}
	if before.Invoice != after.Invoice {
		writes.put("Invoices", fromInvoice(after.Invoice))
	}
	if after.Refund != nil && (before.Refund == nil || *before.Refund != *after.Refund) {
		writes.put("Refunds", fromRefund(*after.Refund))
	}
	for _, e := range after.Entries {
		writes.add(spanner.InsertMap("LedgerEntries", entryRow(e)))
	}
	return writes.buffer(txn)
}

// answer records the replies with the barriers of their commands. A barrier is kept longer
// than any message: without one, nobody waits for the answer any more.
func answer(ctx context.Context, txn *spanner.ReadWriteTransaction, answers []billing.Answer) ([]message.Reply, error) {
	var replies []message.Reply
	for _, a := range answers {
		entry, ok, err := barrier.Load(ctx, txn, a.Saga, a.Step, a.Compensation)
		if err != nil {
			return nil, err
		}
		if !ok {
			slog.WarnContext(ctx, "an answer has no barrier any more", "saga", a.Saga, "step", a.Step)
			continue
		}
		reply, err := a.Reply(entry.Command)
		if err != nil {
			return nil, err
		}
		if reply, err = barrier.Finish(ctx, txn, entry.Command, reply); err != nil {
			return nil, err
		}
		replies = append(replies, reply)
	}
	return replies, nil
}

func entryRow(e billing.Entry) map[string]any {
	return map[string]any{
		"TransactionId": e.TransactionID, "Line": int64(e.Line), "Account": e.Account, "Currency": string(e.Amount.Currency),
		"AmountMinor": e.Amount.Minor, "PaymentId": e.PaymentID, "InvoiceId": e.InvoiceID, "Country": e.Country,
		"BookTime": e.BookTime, "CommitTime": spanner.CommitTimestamp,
	}
}

// writes collects mutations and the first error of making one.
type writes struct {
	mutations []*spanner.Mutation
	err       error
}

func (w *writes) put(table string, row any) {
	m, err := spanner.InsertOrUpdateStruct(table, row)
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("encode %s: %w", table, err)
	}
	w.add(m)
}

func (w *writes) add(m *spanner.Mutation) { w.mutations = append(w.mutations, m) }

func (w *writes) buffer(txn *spanner.ReadWriteTransaction) error {
	if w.err != nil || len(w.mutations) == 0 {
		return w.err
	}
	return txn.BufferWrite(w.mutations)
}
