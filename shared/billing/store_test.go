package billing_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/payment"
)

// memory is a store without a database: transactions are whole because only one handler
// runs at a time. Its barrier is that of shared/saga/barrier in few words.
type memory struct {
	s        *schedule
	methods  map[string]billing.Method
	payments map[string]billing.Payment
	invoices map[string]billing.Invoice
	refunds  map[string]billing.Refund
	barriers map[string]*row
	events   map[string]billing.EventState
	bodies   map[string]payment.Event
	entries  []billing.Entry
	tasks    map[string]bool
	retry    func(billing.RetryTask) error
}

type row struct {
	cmd   message.Command
	reply *message.Reply
}

func newMemory(s *schedule) *memory {
	return &memory{
		s: s, methods: map[string]billing.Method{}, payments: map[string]billing.Payment{}, invoices: map[string]billing.Invoice{},
		refunds: map[string]billing.Refund{}, barriers: map[string]*row{}, events: map[string]billing.EventState{},
		bodies: map[string]payment.Event{}, tasks: map[string]bool{},
	}
}

func place(saga, step string, compensation bool) string {
	return fmt.Sprintf("%s %s %t", saga, step, compensation)
}

func (m *memory) start(cmd message.Command, begin func() (billing.Account, error)) (message.Reply, bool, error) {
	m.s.yield()
	defer m.s.yield()
	own, other := m.barriers[place(cmd.Saga, cmd.Step, cmd.Compensation)], m.barriers[place(cmd.Saga, cmd.Step, !cmd.Compensation)]
	settle := func(r message.Reply) (message.Reply, bool, error) {
		m.barriers[place(cmd.Saga, cmd.Step, cmd.Compensation)] = &row{cmd, &r}
		return r, true, nil
	}
	refused := other != nil && other.reply != nil && other.reply.Outcome == message.Refused
	switch {
	case own != nil && own.reply != nil:
		return *own.reply, true, nil
	case own != nil:
		return message.Reply{}, false, nil
	case !cmd.Compensation && other != nil:
		return settle(cmd.Refuse("failed precondition", "SAGA_COMPENSATED", "", nil))
	case cmd.Compensation && (other == nil || refused):
		r, _ := cmd.Reply(nil)
		return settle(r)
	}
	a, err := begin()
	if f, ok := fault.Of(err); ok && fault.Final(err) {
		return settle(cmd.Refuse(f.Kind.String(), f.Reason, f.Message, f.Metadata))
	}
	if err != nil {
		return message.Reply{}, false, err
	}
	m.write(a)
	if len(a.Answers) > 0 {
		r, err := a.Answers[0].Reply(cmd)
		if err != nil {
			return message.Reply{}, false, err
		}
		return settle(r)
	}
	m.barriers[place(cmd.Saga, cmd.Step, cmd.Compensation)] = &row{cmd: cmd}
	return message.Reply{}, false, nil
}

func (m *memory) write(a billing.Account) {
	m.payments[a.Payment.ID], m.invoices[a.Invoice.ID] = a.Payment, a.Invoice
	if a.Refund != nil {
		m.refunds[a.Payment.ID] = *a.Refund
	}
	m.entries = append(m.entries, a.Entries...)
}

func (m *memory) account(id string) (billing.Account, bool) {
	p, ok := m.payments[id]
	a := billing.Account{Payment: p, Invoice: m.invoices[p.InvoiceID]}
	if r, returning := m.refunds[id]; returning {
		a.Refund = &r
	}
	return a, ok
}

func (m *memory) StartPayment(_ context.Context, cmd message.Command, p billing.Payment, i billing.Invoice) (message.Reply, bool, error) {
	return m.start(cmd, func() (billing.Account, error) {
		var known billing.Records
		if method, ok := m.methods[p.MethodID]; ok {
			known.Method = &method
		}
		if invoice, ok := m.invoices[i.ID]; ok {
			latest := m.payments[invoice.PaymentID]
			known.Invoice, known.Latest = &invoice, &latest
		}
		return billing.BeginPayment(p, i, known, p.CreateTime)
	})
}

func (m *memory) StartRefund(_ context.Context, cmd message.Command, r billing.Refund) (message.Reply, bool, error) {
	return m.start(cmd, func() (billing.Account, error) {
		a, ok := m.account(r.PaymentID)
		if !ok {
			return a, fault.New(fault.NotFound, "NOT_FOUND", "no payment")
		}
		return billing.BeginRefund(a, r)
	})
}

func (m *memory) Change(_ context.Context, id string, change func(*billing.Account) error) (billing.Account, []message.Reply, error) {
	m.s.yield()
	defer m.s.yield()
	a, ok := m.account(id)
	if !ok {
		return a, nil, fault.New(fault.NotFound, "NOT_FOUND", "no payment")
	}
	if err := change(&a); err != nil {
		return a, nil, err
	}
	m.write(a)
	var replies []message.Reply
	for _, answer := range a.Answers {
		b := m.barriers[place(answer.Saga, answer.Step, answer.Compensation)]
		reply, err := answer.Reply(b.cmd)
		if err != nil {
			return a, nil, err
		}
		if b.reply != nil && b.reply.Outcome != message.Waiting {
			reply = *b.reply
		}
		b.reply = &reply
		replies = append(replies, reply)
	}
	a.Entries, a.Answers = nil, nil
	return a, replies, nil
}

func (m *memory) EnqueueRetry(_ context.Context, t billing.RetryTask, delay time.Duration) error {
	m.s.yield()
	if delay <= 0 || m.s.chance(20) {
		return errors.New("the queue is away")
	}
	if name := fmt.Sprint(t); !m.tasks[name] {
		m.tasks[name] = true
		m.s.add("task", func() error { return m.retry(t) })
	}
	return nil
}

func (m *memory) RecordEvent(_ context.Context, e payment.Event) (billing.EventState, error) {
	m.s.yield()
	before := m.events[e.ID]
	if before == "" {
		m.events[e.ID], m.bodies[e.ID] = billing.EventReceived, e
	}
	return before, nil
}

func (m *memory) FinishEvent(_ context.Context, id string, state billing.EventState) error {
	m.s.yield()
	m.events[id] = state
	return nil
}

func (m *memory) PaymentOf(_ context.Context, e payment.Event) (string, error) {
	m.s.yield()
	return m.payments[e.PaymentID].ID, nil
}

func (m *memory) Event(_ context.Context, id string) (payment.Event, billing.EventState, error) {
	m.s.yield()
	return m.bodies[id], m.events[id], nil
}
