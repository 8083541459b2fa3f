package course

import (
	"maps"
	"slices"
	"strings"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/money"
)

// currencies are the regions in which courses are sold, with what is paid in there.
var currencies = map[string]money.Currency{
	"ID": money.IDR, "JP": money.JPY, "PH": money.PHP, "MX": money.MXN,
}

// Prices are monthly prices by region (ISO 3166-1 alpha-2).
type Prices map[string]money.Amount

// For returns the price in a country, in whichever case its code is.
func (p Prices) For(country string) (money.Amount, bool) {
	amount, ok := p[strings.ToUpper(country)]
	return amount, ok
}

// check appends what is wrong with the prices.
func (p Prices) check(wrong []fault.Field) []fault.Field {
	for _, region := range slices.Sorted(maps.Keys(p)) {
		currency, sold := currencies[region]
		switch {
		case !sold:
			wrong = append(wrong, fault.Field{Name: "prices." + region, Description: "is no region that courses are sold in"})
		case p[region].Currency != currency:
			wrong = append(wrong, fault.Field{Name: "prices." + region + ".currencyCode", Description: "must be " + string(currency)})
		case p[region].Minor <= 0:
			wrong = append(wrong, fault.Field{Name: "prices." + region + ".amount", Description: "must be more than nothing"})
		}
	}
	return wrong
}
