package billingdb

import (
	"time"

	"cloud.google.com/go/spanner"

	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/money"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

type paymentRow struct {
	PaymentId         string
	InvoiceId         string
	SubscriptionId    string
	UserId            string
	Country           string
	Language          string
	SagaId            string
	Step              string
	State             string
	Currency          string
	AmountMinor       int64
	PaymentMethodId   string
	GatewayCustomerId string
	GatewayMethodId   string
	Brand             spanner.NullString
	Last4             spanner.NullString
	GatewayIntentId   spanner.NullString
	OffSession        bool
	ReturnUri         spanner.NullString
	RedirectUri       spanner.NullString
	Description       string
	Attempt           int64
	DeclineCode       spanner.NullString
	Reason            spanner.NullString
	CreateTime        time.Time
	UpdateTime        time.Time
	SettleTime        spanner.NullTime
}

var paymentColumns = []string{
	"PaymentId", "InvoiceId", "SubscriptionId", "UserId", "Country", "Language", "SagaId", "Step", "State", "Currency",
	"AmountMinor", "PaymentMethodId", "GatewayCustomerId", "GatewayMethodId", "Brand", "Last4", "GatewayIntentId",
	"OffSession", "ReturnUri", "RedirectUri", "Description", "Attempt", "DeclineCode", "Reason", "CreateTime",
	"UpdateTime", "SettleTime",
}

func fromPayment(p billing.Payment) paymentRow {
	return paymentRow{
		PaymentId: p.ID, InvoiceId: p.InvoiceID, SubscriptionId: p.SubscriptionID, UserId: p.UserID, Country: p.Country,
		Language: p.Language, SagaId: p.Saga, Step: p.Step, State: string(p.State), Currency: string(p.Amount.Currency),
		AmountMinor: p.Amount.Minor, PaymentMethodId: p.MethodID, GatewayCustomerId: p.CustomerID, GatewayMethodId: p.GatewayMethod,
		Brand: spannerdb.Text(p.Brand), Last4: spannerdb.Text(p.Last4), GatewayIntentId: spannerdb.Text(p.IntentID), OffSession: p.OffSession,
		ReturnUri: spannerdb.Text(p.ReturnURI), RedirectUri: spannerdb.Text(p.RedirectURI), Description: p.Description, Attempt: int64(p.Attempt),
		DeclineCode: spannerdb.Text(p.DeclineCode), Reason: spannerdb.Text(p.Reason), CreateTime: p.CreateTime, UpdateTime: p.UpdateTime,
		SettleTime: spannerdb.Instant(p.SettleTime),
	}
}

func (r paymentRow) model() billing.Payment {
	return billing.Payment{
		ID: r.PaymentId, InvoiceID: r.InvoiceId, SubscriptionID: r.SubscriptionId, UserID: r.UserId, Country: r.Country,
		Language: r.Language, Saga: r.SagaId, Step: r.Step, State: billing.PaymentState(r.State),
		Amount: money.Of(r.AmountMinor, money.Currency(r.Currency)), MethodID: r.PaymentMethodId, CustomerID: r.GatewayCustomerId,
		GatewayMethod: r.GatewayMethodId, Brand: r.Brand.StringVal, Last4: r.Last4.StringVal, IntentID: r.GatewayIntentId.StringVal,
		OffSession: r.OffSession, ReturnURI: r.ReturnUri.StringVal, RedirectURI: r.RedirectUri.StringVal, Description: r.Description,
		Attempt: int(r.Attempt), DeclineCode: r.DeclineCode.StringVal, Reason: r.Reason.StringVal, CreateTime: r.CreateTime,
		UpdateTime: r.UpdateTime, SettleTime: r.SettleTime.Time,
	}
}

type invoiceRow struct {
	InvoiceId      string
	UserId         string
	SubscriptionId string
	CourseId       string
	Country        string
	TimeZone       string
	Description    string
	State          string
	Currency       string
	AmountMinor    int64
	PeriodStart    time.Time
	PeriodEnd      time.Time
	Period         int64
	Attempts       int64
	PaymentId      string
	PaidTime       spanner.NullTime
	CreateTime     time.Time
	UpdateTime     time.Time
}

var invoiceColumns = []string{
	"InvoiceId", "UserId", "SubscriptionId", "CourseId", "Country", "TimeZone", "Description", "State", "Currency",
	"AmountMinor", "PeriodStart", "PeriodEnd", "Period", "Attempts", "PaymentId", "PaidTime", "CreateTime", "UpdateTime",
}

func fromInvoice(i billing.Invoice) invoiceRow {
	return invoiceRow{
		InvoiceId: i.ID, UserId: i.UserID, SubscriptionId: i.SubscriptionID, CourseId: i.CourseID, Country: i.Country,
		TimeZone: i.TimeZone, Description: i.Description, State: string(i.State), Currency: string(i.Amount.Currency),
		AmountMinor: i.Amount.Minor, PeriodStart: i.PeriodStart, PeriodEnd: i.PeriodEnd, Period: int64(i.Period),
		Attempts: int64(i.Attempts), PaymentId: i.PaymentID, PaidTime: spannerdb.Instant(i.PaidTime), CreateTime: i.CreateTime, UpdateTime: i.UpdateTime,
	}
}

func (r invoiceRow) model() billing.Invoice {
	return billing.Invoice{
		ID: r.InvoiceId, UserID: r.UserId, SubscriptionID: r.SubscriptionId, CourseID: r.CourseId, Country: r.Country,
		TimeZone: r.TimeZone, Description: r.Description, State: billing.InvoiceState(r.State),
		Amount: money.Of(r.AmountMinor, money.Currency(r.Currency)), PeriodStart: r.PeriodStart, PeriodEnd: r.PeriodEnd,
		Period: int(r.Period), Attempts: int(r.Attempts), PaymentID: r.PaymentId, PaidTime: r.PaidTime.Time,
		CreateTime: r.CreateTime, UpdateTime: r.UpdateTime,
	}
}

type refundRow struct {
	PaymentId       string
	RefundId        string
	InvoiceId       string
	UserId          string
	Country         string
	SagaId          string
	Step            string
	Compensation    bool
	State           string
	Currency        string
	AmountMinor     int64
	GatewayRefundId spanner.NullString
	Reason          spanner.NullString
	CreateTime      time.Time
	SettleTime      spanner.NullTime
}

var refundColumns = []string{
	"PaymentId", "RefundId", "InvoiceId", "UserId", "Country", "SagaId", "Step", "Compensation", "State", "Currency",
	"AmountMinor", "GatewayRefundId", "Reason", "CreateTime", "SettleTime",
}

func fromRefund(r billing.Refund) refundRow {
	return refundRow{
		PaymentId: r.PaymentID, RefundId: r.ID, InvoiceId: r.InvoiceID, UserId: r.UserID, Country: r.Country, SagaId: r.Saga,
		Step: r.Step, Compensation: r.Compensation, State: string(r.State), Currency: string(r.Amount.Currency),
		AmountMinor: r.Amount.Minor, GatewayRefundId: spannerdb.Text(r.GatewayID), Reason: spannerdb.Text(r.Reason), CreateTime: r.CreateTime,
		SettleTime: spannerdb.Instant(r.SettleTime),
	}
}

func (r refundRow) model() billing.Refund {
	return billing.Refund{
		ID: r.RefundId, PaymentID: r.PaymentId, InvoiceID: r.InvoiceId, UserID: r.UserId, Country: r.Country, Saga: r.SagaId,
		Step: r.Step, Compensation: r.Compensation, State: billing.RefundState(r.State),
		Amount: money.Of(r.AmountMinor, money.Currency(r.Currency)), GatewayID: r.GatewayRefundId.StringVal, Reason: r.Reason.StringVal,
		CreateTime: r.CreateTime, SettleTime: r.SettleTime.Time,
	}
}
