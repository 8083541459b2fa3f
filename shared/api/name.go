package api

import (
	"strings"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/money"
)

// IDOf returns the id that a resource name ends with.
func IDOf(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// BelongsTo reports whether the name is of something of user's; `me` means the caller.
func BelongsTo(name, user string) bool {
	return strings.HasPrefix(name, "users/me/") || strings.HasPrefix(name, "users/"+user+"/")
}

// AmountOf returns m in minor units; field names it in the refusal of a wrong amount.
func AmountOf(m Money, field string) (money.Amount, error) {
	amount, err := money.Parse(m.Amount, money.Currency(m.CurrencyCode))
	if err != nil {
		return money.Amount{}, fault.Invalid(fault.Field{Name: field + ".amount", Description: err.Error()})
	}
	return amount, nil
}

// MoneyOf returns an amount as the API shows it.
func MoneyOf(a money.Amount) Money {
	return Money{Amount: a.Decimal(), CurrencyCode: MoneyCurrencyCode(a.Currency)}
}
