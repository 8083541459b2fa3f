package billingdb_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	emulator "github.com/kwipper/kwipper/emulators/stripe"
	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/payment"
)

// paid returns the saga of a payment that is made.
func (w *world) paid(saga string, number string) message.Command {
	w.t.Helper()
	pay := order(saga, w.saveCard(number), 0)
	require.Equal(w.t, message.Done, w.one(pay).Outcome)
	return pay
}

func TestRefundReturnsTheWholeOnce(t *testing.T) {
	w := newWorld(t)
	pay := w.paid("jp-s1", "4242424242424242")
	for range 3 {
		assert.Equal(t, yen.Minor, returned(t, w.one(refund("jp-r1", "jp-s1"))))
	}
	s := w.statement(0)
	assert.Equal(t, billing.InvoiceRefunded, s.Invoice.State)
	require.Len(t, s.Refunds, 1)
	assert.Equal(t, billing.RefundSucceeded, s.Refunds[0].State)
	assert.Equal(t, "REQUESTED_BY_LEARNER", s.Refunds[0].Reason)

	second := w.one(refund("jp-r2", "jp-s1"))
	assert.Equal(t, "ALREADY_REFUNDED", second.Failure.Reason)
	assert.Equal(t, yen.Minor, returned(t, w.one(undo(pay))), "a compensation finds it returned")
	assert.Equal(t, "NOT_FOUND", w.one(refund("jp-r3", "jp-unknown")).Failure.Reason)
	w.check(1, 0)
	assert.Len(t, w.server.Totals().Refunds, 1)
}

func TestTwoRefundsAtOnceReturnOnce(t *testing.T) {
	w := newWorld(t)
	pay := w.paid("jp-s1", "4242424242424242")
	w.takeReplies(true)
	commands := []message.Command{refund("jp-r1", "jp-s1"), refund("jp-r2", "jp-s1"), undo(pay)}
	var group sync.WaitGroup
	for _, cmd := range append(commands, commands...) {
		group.Go(func() {
			assert.Eventually(t, func() bool { // delivered again until it is taken
				err := w.handle(cmd)
				assert.False(t, fault.Final(err))
				return err == nil
			}, 10*time.Second, 10*time.Millisecond)
		})
	}
	group.Wait()
	w.runTasks(20)
	done := map[string]bool{}
	for _, r := range w.takeReplies(true) {
		if r.Outcome == message.Done && !r.Compensation {
			done[r.Saga] = true
		}
	}
	assert.LessOrEqual(t, len(done), 1)
	assert.Len(t, w.server.Totals().Refunds, 1)
	w.check(1, 0)
}

func TestRefundThatSettlesLater(t *testing.T) {
	w := newWorld(t)
	w.paid("jp-s1", "4000000000007726")
	assert.Empty(t, w.send(refund("jp-r1", "jp-s1")))
	s := w.statement(0)
	assert.Equal(t, billing.RefundPending, s.Refunds[0].State)
	assert.Equal(t, billing.InvoicePaid, s.Invoice.State)
	var reply message.Reply
	require.Eventually(t, func() bool {
		w.takeReplies(true)
		w.deliver(w.awaitEvents()...)
		w.runTasks(1)
		replies := w.takeReplies(true)
		if len(replies) == 0 {
			return false
		}
		reply = replies[0]
		return true
	}, 20*time.Second, 50*time.Millisecond)
	assert.Equal(t, yen.Minor, returned(t, reply))
	w.check(1, 0)
}

// logged is a log that can be read while it is written.
type logged struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func TestRefundThatTheBankSendsBackIsReported(t *testing.T) {
	log := &logged{}
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(log, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	w := newWorld(t)
	w.paid("jp-s1", "4000000000005126") // its refunds succeed, and fail later
	w.deliver(w.awaitEvents()...)
	assert.Equal(t, yen.Minor, returned(t, w.one(refund("jp-r1", "jp-s1"))))
	require.Eventually(t, func() bool {
		w.deliver(w.awaitEvents()...)
		return strings.Contains(log.String(), "return it by hand")
	}, 20*time.Second, 50*time.Millisecond)
	assert.Equal(t, billing.RefundSucceeded, w.statement(0).Refunds[0].State, "it stays booked")
}

func TestMoneyThatWasReturnedByHandCounts(t *testing.T) {
	w := newWorld(t)
	w.paid("jp-s1", "4242424242424242")
	_, err := w.gateway.CreateRefund(t.Context(), payment.RefundRequest{
		Key: "by hand", IntentID: w.statement(0).Payments[0].IntentID, Amount: yen, RefundID: "by-hand",
	})
	require.NoError(t, err)
	assert.Equal(t, yen.Minor, returned(t, w.one(refund("jp-r1", "jp-s1"))))
	w.check(1, 0)
}

func TestRefundOfWhatWasNotPaidIsRefused(t *testing.T) {
	w := newWorld(t)
	w.one(order("jp-s1", w.saveCard("4000000000000341"), 0))
	assert.Equal(t, "REFUND_NOT_ALLOWED", w.one(refund("jp-r1", "jp-s1")).Failure.Reason)
	w.check(0, 0)
}

func TestDeclinedRenewalIsPaidByHandOnTheSameInvoice(t *testing.T) {
	w := newWorld(t)
	declining := w.saveCard("4000000000000341")
	require.Equal(t, message.Refused, w.one(order("jp-n1", declining, 1)).Outcome)
	require.NoError(t, w.wallet.Remove(t.Context(), learner, declining))
	refused := w.one(order("jp-n2", declining, 1))
	assert.Equal(t, "PAYMENT_METHOD_UNUSABLE", refused.Failure.Reason)
	s := w.statement(1)
	assert.Equal(t, billing.InvoiceOpen, s.Invoice.State)
	assert.Equal(t, 2, s.Invoice.Attempts)

	byHand := order("jp-n3", w.saveCard("4242424242424242"), 1, func(v *message.DoPayment) { v.OffSession = false })
	require.Equal(t, message.Done, w.one(byHand).Outcome)
	s = w.statement(1)
	assert.Equal(t, billing.InvoicePaid, s.Invoice.State)
	assert.Equal(t, 3, s.Invoice.Attempts)
	assert.Equal(t, message.PaymentID("jp-n3"), s.Invoice.PaymentID)
	assert.Len(t, s.Payments, 3)
	late := w.one(order("jp-n4", declining, 1))
	assert.Equal(t, "INVOICE_NOT_OPEN", late.Failure.Reason)
	w.check(1, 980)
}

func TestRenewalWhoseMethodIsGoneLeavesAnInvoiceToPay(t *testing.T) {
	w := newWorld(t)
	require.Equal(t, message.Refused, w.one(order("jp-n1", "jp-gone", 1)).Outcome)
	assert.Equal(t, billing.InvoiceOpen, w.statement(1).Invoice.State)
	require.Equal(t, message.Done, w.one(order("jp-n2", w.saveCard("4242424242424242"), 1)).Outcome)
	w.check(1, 980)
}

func TestRenewalThatIsUndoneIsStillOwed(t *testing.T) {
	w := newWorld(t)
	card := w.saveCard("4242424242424242")
	first := order("jp-n1", card, 1)
	w.fault("payment_intents.confirm", emulator.EffectTimeoutAfter)
	assert.Empty(t, w.send(first))
	require.ErrorContains(t, w.handle(order("jp-n2", card, 1)), "under way", "one payment of an invoice at a time")
	replies := w.send(undo(first))
	assert.Equal(t, yen.Minor, returned(t, replies[len(replies)-1]))
	assert.Equal(t, billing.InvoiceOpen, w.statement(1).Invoice.State)
	require.Equal(t, message.Done, w.one(order("jp-n2", card, 1)).Outcome)
	assert.Equal(t, billing.InvoicePaid, w.statement(1).Invoice.State)
	w.check(2, 980)
}
