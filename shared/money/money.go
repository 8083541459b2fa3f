// Package money holds amounts: ISO 4217 minor units inside, decimal strings outside.
// There are no floats and no amounts without a currency.
package money

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Currency is an ISO 4217 alphabetic code in upper case.
type Currency string

// The currencies of the countries Kwipper serves.
const (
	IDR Currency = "IDR"
	JPY Currency = "JPY"
	PHP Currency = "PHP"
	MXN Currency = "MXN"
)

// exponents are the decimals of each currency (ISO 4217, list one).
var exponents = map[Currency]int{IDR: 2, JPY: 0, PHP: 2, MXN: 2}

// Valid reports whether Kwipper bills in c.
func (c Currency) Valid() bool { _, ok := exponents[c]; return ok }

// Amount is a number of minor units (sen, yen, centavos) of a currency. It may be
// negative in a ledger.
type Amount struct {
	Minor    int64    `json:"minor"`
	Currency Currency `json:"currency"`
}

// Of makes an amount.
func Of(minor int64, currency Currency) Amount { return Amount{Minor: minor, Currency: currency} }

// Parse reads a decimal string such as "149.00" as an amount of currency. It refuses
// signs, exponents, blanks, more decimals than the currency has, and what overflows.
func Parse(decimal string, currency Currency) (Amount, error) {
	exp, ok := exponents[currency]
	if !ok {
		return Amount{}, fmt.Errorf("currency %q is not one of IDR, JPY, PHP, MXN", currency)
	}
	whole, fraction, dotted := strings.Cut(decimal, ".")
	if whole == "" || !digits(whole) || !digits(fraction) || dotted && fraction == "" {
		return Amount{}, fmt.Errorf("%q is not a decimal amount", decimal)
	}
	if len(fraction) > exp {
		return Amount{}, fmt.Errorf("%q has more than the %d decimals of %s", decimal, exp, currency)
	}
	minor, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", exp-len(fraction)), 10, 64)
	if err != nil {
		return Amount{}, fmt.Errorf("%q is too large", decimal)
	}
	return Amount{Minor: minor, Currency: currency}, nil
}

func digits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}

// Decimal returns the amount as a decimal string with all decimals of its currency.
func (a Amount) Decimal() string {
	exp := exponents[a.Currency]
	s := strconv.FormatInt(a.Minor, 10)
	sign := ""
	if a.Minor < 0 {
		sign, s = "-", s[1:]
	}
	if exp == 0 {
		return sign + s
	}
	if len(s) <= exp {
		s = strings.Repeat("0", exp-len(s)+1) + s
	}
	return sign + s[:len(s)-exp] + "." + s[len(s)-exp:]
}

// String returns the amount with its currency, for logs and people: "149.00 PHP".
func (a Amount) String() string { return a.Decimal() + " " + string(a.Currency) }

// IsZero reports whether the amount is nothing, of whatever currency.
func (a Amount) IsZero() bool { return a.Minor == 0 }

// Negate returns the amount with the other sign.
func (a Amount) Negate() Amount { return Amount{Minor: -a.Minor, Currency: a.Currency} }

// Add returns the sum. It refuses different currencies and overflow.
func (a Amount) Add(b Amount) (Amount, error) {
	if a.Currency != b.Currency {
		return Amount{}, fmt.Errorf("add %s to %s: different currencies", b, a)
	}
	if b.Minor > 0 && a.Minor > math.MaxInt64-b.Minor || b.Minor < 0 && a.Minor < math.MinInt64-b.Minor {
		return Amount{}, fmt.Errorf("add %s to %s: overflow", b, a)
	}
	return Amount{Minor: a.Minor + b.Minor, Currency: a.Currency}, nil
}
