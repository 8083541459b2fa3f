package stripe

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// refusal is how a bank says no.
type refusal struct {
	code        string
	declineCode string
	message     string
}

// authRule says when a card asks its holder to authenticate (3-D Secure).
type authRule int

const (
	authNever         authRule = iota
	authUnlessSetUp            // on session always; off session unless it was set up
	authAlways                 // always, also when it was set up
	authOnSessionOnly          // counts as set up; off session never
)

// testCard is a card and its outcomes.
type testCard struct {
	number  string
	brand   string
	country string
	funding string
	// refused: cannot be saved and cannot be charged. charge: can be saved, not charged.
	refused, charge *refusal
	auth            authRule
	refund          string // "pending" settles later, "failed" fails after it succeeded
	dispute         string // reason of the dispute that follows the charge
}

// The refusals of Stripe's test cards, in its words.
var (
	refuseGeneric      = &refusal{"card_declined", "generic_decline", "Your card was declined."}
	refuseFunds        = &refusal{"card_declined", "insufficient_funds", "Your card has insufficient funds."}
	refuseLost         = &refusal{"card_declined", "lost_card", "Your card was declined."}
	refuseStolen       = &refusal{"card_declined", "stolen_card", "Your card was declined."}
	refuseFraud        = &refusal{"card_declined", "fraudulent", "Your card was declined."}
	refuseVelocity     = &refusal{"card_declined", "card_velocity_exceeded", "Your card was declined for making repeated attempts too frequently or exceeding its amount limit."}
	refuseExpired      = &refusal{"expired_card", "", "Your card has expired."}
	refuseCVC          = &refusal{"incorrect_cvc", "", "Your card's security code is incorrect."}
	refuseProcessing   = &refusal{"processing_error", "", "An error occurred while processing your card. Try again in a little bit."}
	refuseAuthRequired = &refusal{"authentication_required", "authentication_required", "Your card was declined. This transaction requires authentication."}
	refuseAuthFailed   = &refusal{"payment_intent_authentication_failure", "", "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod to attempt to fulfill this PaymentIntent again."}
)

// testCards are Stripe's, by number. Any other number is refused, as in Stripe's test mode.
var testCards = index([]testCard{
	{number: "4242424242424242", brand: "visa"},
	{number: "4000056655665556", brand: "visa", funding: "debit"},
	{number: "5555555555554444", brand: "mastercard"},
	{number: "2223003122003222", brand: "mastercard"},
	{number: "5200828282828210", brand: "mastercard", funding: "debit"},
	{number: "5105105105105100", brand: "mastercard", funding: "prepaid"},
	{number: "378282246310005", brand: "amex"},
	{number: "6011111111111117", brand: "discover"},
	{number: "3056930009020004", brand: "diners"},
	{number: "3566002020360505", brand: "jcb", country: "JP"},
	{number: "6200000000000005", brand: "unionpay", country: "CN"},
	{number: "4000003920000003", brand: "visa", country: "JP"},
	{number: "3530111333300000", brand: "jcb", country: "JP"},
	{number: "4000004840008001", brand: "visa", country: "MX"},

	{number: "4000000000000002", brand: "visa", refused: refuseGeneric},
	{number: "4000000000009995", brand: "visa", refused: refuseFunds},
	{number: "4000000000009987", brand: "visa", refused: refuseLost},
	{number: "4000000000009979", brand: "visa", refused: refuseStolen},
	{number: "4000000000000069", brand: "visa", refused: refuseExpired},
	{number: "4000000000000127", brand: "visa", refused: refuseCVC},
	{number: "4000000000000119", brand: "visa", refused: refuseProcessing},
	{number: "4000000000006975", brand: "visa", refused: refuseVelocity},
	{number: "4100000000000019", brand: "visa", refused: refuseFraud},
	{number: "4000000000000341", brand: "visa", charge: refuseGeneric},

	{number: "4000002500003155", brand: "visa", auth: authUnlessSetUp},
	{number: "4000002760003184", brand: "visa", auth: authAlways},
	{number: "4000003800000446", brand: "visa", auth: authOnSessionOnly},
	{number: "4000008260003178", brand: "visa", auth: authUnlessSetUp, charge: refuseFunds},
	{number: "4000000000003220", brand: "visa", auth: authUnlessSetUp},
	{number: "4000000000003063", brand: "visa", auth: authUnlessSetUp},
	{number: "4000008400001629", brand: "visa", auth: authUnlessSetUp, charge: refuseGeneric},
	{number: "4000000000003055", brand: "visa"},
	{number: "4242424242424241", brand: "visa", refused: &refusal{"incorrect_number", "", "Your card number is incorrect."}},

	{number: "4000000000000077", brand: "visa"},
	{number: "4000000000007726", brand: "visa", refund: "pending"},
	{number: "4000000000005126", brand: "visa", refund: "failed"},
	{number: "4000000000000259", brand: "visa", dispute: "fraudulent"},
	{number: "4000000000002685", brand: "visa", dispute: "product_not_received"},
})

// methodNames are Stripe's ready-made payment methods, without "pm_card_", and the numbers
// behind them. chargeDeclined* exist with and without "visa_".
var methodNames = map[string]string{
	"visa":                                "4242424242424242",
	"visa_debit":                          "4000056655665556",
	"mastercard":                          "5555555555554444",
	"mastercard_debit":                    "5200828282828210",
	"mastercard_prepaid":                  "5105105105105100",
	"amex":                                "378282246310005",
	"discover":                            "6011111111111117",
	"diners":                              "3056930009020004",
	"jcb":                                 "3566002020360505",
	"unionpay":                            "6200000000000005",
	"jp":                                  "4000003920000003",
	"mx":                                  "4000004840008001",
	"chargeDeclined":                      "4000000000000002",
	"chargeDeclinedInsufficientFunds":     "4000000000009995",
	"chargeDeclinedLostCard":              "4000000000009987",
	"chargeDeclinedStolenCard":            "4000000000009979",
	"chargeDeclinedExpiredCard":           "4000000000000069",
	"chargeDeclinedIncorrectCvc":          "4000000000000127",
	"chargeDeclinedProcessingError":       "4000000000000119",
	"chargeDeclinedVelocityLimitExceeded": "4000000000006975",
	"chargeDeclinedFraudulent":            "4100000000000019",
	"radarBlock":                          "4100000000000019",
	"chargeCustomerFail":                  "4000000000000341",
	"authenticationRequiredOnSetup":       "4000002500003155",
	"authenticationRequired":              "4000002760003184",
	"authenticationRequiredSetupForOffSession":              "4000003800000446",
	"authenticationRequiredChargeDeclinedInsufficientFunds": "4000008260003178",
	"threeDSecure2Required":                                 "4000000000003220",
	"threeDSecureRequired":                                  "4000000000003063",
	"threeDSecureRequiredChargeDeclined":                    "4000008400001629",
	"threeDSecureOptional":                                  "4000000000003055",
	"bypassPending":                                         "4000000000000077",
	"pendingRefund":                                         "4000000000007726",
	"refundFail":                                            "4000000000005126",
	"createDispute":                                         "4000000000000259",
	"createDisputeProductNotReceived":                       "4000000000002685",
}

func index(cards []testCard) map[string]testCard {
	byNumber := make(map[string]testCard, len(cards))
	for _, c := range cards {
		if c.country == "" {
			c.country = "US"
		}
		if c.funding == "" {
			c.funding = "credit"
		}
		byNumber[c.number] = c
	}
	return byNumber
}

// readyMade answers the test card behind an id such as pm_card_visa.
func readyMade(id string) (testCard, bool) {
	name, ok := strings.CutPrefix(id, "pm_card_")
	if !ok {
		return testCard{}, false
	}
	if rest, found := strings.CutPrefix(name, "visa_charge"); found {
		name = "charge" + rest
	}
	c, ok := testCards[methodNames[name]]
	return c, ok
}

// needsAuthentication reports whether a charge asks the holder first.
func (c testCard) needsAuthentication(offSession, setUp bool) bool {
	switch c.auth {
	case authUnlessSetUp:
		return !offSession || !setUp
	case authAlways:
		return true
	case authOnSessionOnly:
		return !offSession
	default:
		return false
	}
}

// needsAuthenticationToSave reports whether saving the card asks the holder.
func (c testCard) needsAuthenticationToSave() bool {
	return c.auth == authUnlessSetUp || c.auth == authAlways
}

// outcome answers why a charge is refused, nil if it is not.
func (c testCard) outcome() *refusal {
	if c.refused != nil {
		return c.refused
	}
	return c.charge
}

func (c testCard) face(month, year int) cardFace {
	pass := "pass"
	return cardFace{
		Brand: c.brand, DisplayBrand: c.brand, Last4: c.number[len(c.number)-4:],
		ExpMonth: month, ExpYear: year, Funding: c.funding, Country: c.country,
		Fingerprint: "fp" + strconv.FormatUint(fingerprint(c.number), 36), Checks: cardChecks{CVCCheck: &pass},
	}
}

func fingerprint(number string) uint64 {
	hash := uint64(14695981039346656037) // FNV-1a
	for _, b := range []byte(number) {
		hash = (hash ^ uint64(b)) * 1099511628211
	}
	return hash
}

// cardEntry is what somebody types.
type cardEntry struct{ number, month, year, cvc string }

// check answers the card and its expiry, or what is wrong with the entry.
func (e cardEntry) check(now time.Time) (card testCard, month, year int, err *apiError) {
	number := strings.NewReplacer(" ", "", "-", "").Replace(e.number)
	month, errMonth := strconv.Atoi(strings.TrimSpace(e.month))
	year, errYear := strconv.Atoi(strings.TrimSpace(e.year))
	if year < 100 {
		year += 2000
	}
	card, known := testCards[number]
	switch {
	case len(number) < 12 || strings.Trim(number, "0123456789") != "":
		return card, 0, 0, cardInvalid("incorrect_number", "number", "Your card number is incorrect.")
	case errMonth != nil || month < 1 || month > 12:
		return card, 0, 0, cardInvalid("invalid_expiry_month", "exp_month", "Your card's expiration month is invalid.")
	case errYear != nil || year < now.Year() || year > now.Year()+50 ||
		year == now.Year() && month < int(now.Month()):
		return card, 0, 0, cardInvalid("invalid_expiry_year", "exp_year", "Your card's expiration year is invalid.")
	case e.cvc != "" && (len(e.cvc) < 3 || len(e.cvc) > 4 || strings.Trim(e.cvc, "0123456789") != ""):
		return card, 0, 0, cardInvalid("invalid_cvc", "cvc", "Your card's security code is invalid.")
	case !known:
		return card, 0, 0, refusalError(&refusal{"card_declined", "test_mode_live_card",
			"Your card was declined. Your request was in test mode, but used a non test card."})
	case card.refused != nil && card.refused.code == "incorrect_number":
		return card, 0, 0, cardInvalid("incorrect_number", "number", card.refused.message)
	}
	return card, month, year, nil
}

func cardInvalid(code, param, message string) *apiError {
	return &apiError{Type: "card_error", Code: code, Param: param, Message: message, status: 402}
}

// refusalError is a refusal as the API answers it.
func refusalError(r *refusal) *apiError {
	return &apiError{
		Type: "card_error", Code: r.code, DeclineCode: r.declineCode, Message: r.message,
		DocURL: docURL(r.code), status: 402, kept: true,
	}
}

func docURL(code string) string {
	return fmt.Sprintf("https://stripe.com/docs/error-codes/%s", strings.ReplaceAll(code, "_", "-"))
}
