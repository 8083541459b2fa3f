package billing

import (
	"time"

	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/money"
)

// The accounts of the ledger. None has a balance row: a balance is a sum of entries.
const (
	AccountGateway = "gateway" // what the payment gateway holds for us
	AccountRevenue = "revenue" // what learners have paid for
)

// Entry is one line of the ledger. The lines of a transaction sum to zero.
type Entry struct {
	TransactionID string
	Line          int
	Account       string
	Amount        money.Amount // positive: debit; negative: credit
	PaymentID     string
	InvoiceID     string
	Country       string
	BookTime      time.Time
}

// bookCharge books that a payment was charged.
func bookCharge(p Payment, now time.Time) []Entry {
	return pair(message.ID(p.Country, "charge", p.ID), AccountGateway, AccountRevenue, p, now)
}

// bookReturn books that a payment was returned.
func bookReturn(p Payment, r Refund, now time.Time) []Entry {
	return pair(message.ID(p.Country, "return", r.ID), AccountRevenue, AccountGateway, p, now)
}

func pair(id, debit, credit string, p Payment, now time.Time) []Entry {
	e := Entry{TransactionID: id, PaymentID: p.ID, InvoiceID: p.InvoiceID, Country: p.Country, BookTime: now}
	first, second := e, e
	first.Line, first.Account, first.Amount = 1, debit, p.Amount
	second.Line, second.Account, second.Amount = 2, credit, p.Amount.Negate()
	return []Entry{first, second}
}
