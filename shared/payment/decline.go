package payment

// Decline is why a charge was refused.
type Decline struct {
	Code        string // the gateway's, such as card_declined
	DeclineCode string // the bank's, such as insufficient_funds; may be empty
	Message     string // for developers, in English; see Reason for learners
	// Retryable says that the same method may work later without the learner.
	Retryable bool
}

// DeclineReason groups decline codes into what a learner can do about them.
type DeclineReason string

// The reasons. Stolen, lost and fraudulent cards are DeclineGeneric: whoever holds such a
// card is not to be told.
const (
	DeclineGeneric                DeclineReason = "CARD_DECLINED"
	DeclineInsufficientFunds      DeclineReason = "INSUFFICIENT_FUNDS"
	DeclineExpiredCard            DeclineReason = "EXPIRED_CARD"
	DeclineIncorrectDetails       DeclineReason = "INCORRECT_CARD_DETAILS"
	DeclineLimitExceeded          DeclineReason = "CARD_LIMIT_EXCEEDED"
	DeclineAuthenticationRequired DeclineReason = "AUTHENTICATION_REQUIRED"
	DeclineAuthenticationFailed   DeclineReason = "AUTHENTICATION_FAILED"
	DeclineUnsupportedCard        DeclineReason = "CARD_NOT_SUPPORTED"
	DeclineTryLater               DeclineReason = "BANK_UNAVAILABLE"
)

// outcome is what a code means.
type outcome struct {
	reason    DeclineReason
	retryable bool
}

// outcomes maps the words of gateways and banks. A code that is missing is generic and
// retryable, as banks use the unspecific ones for passing reasons.
var outcomes = map[string]outcome{
	"insufficient_funds":                    {DeclineInsufficientFunds, true},
	"withdrawal_count_limit_exceeded":       {DeclineLimitExceeded, true},
	"card_velocity_exceeded":                {DeclineLimitExceeded, true},
	"processing_error":                      {DeclineTryLater, true},
	"issuer_not_available":                  {DeclineTryLater, true},
	"try_again_later":                       {DeclineTryLater, true},
	"reenter_transaction":                   {DeclineTryLater, true},
	"approve_with_id":                       {DeclineTryLater, true},
	"generic_decline":                       {DeclineGeneric, true},
	"do_not_honor":                          {DeclineGeneric, true},
	"expired_card":                          {DeclineExpiredCard, false},
	"incorrect_number":                      {DeclineIncorrectDetails, false},
	"invalid_number":                        {DeclineIncorrectDetails, false},
	"incorrect_cvc":                         {DeclineIncorrectDetails, false},
	"invalid_cvc":                           {DeclineIncorrectDetails, false},
	"invalid_expiry_month":                  {DeclineIncorrectDetails, false},
	"invalid_expiry_year":                   {DeclineIncorrectDetails, false},
	"invalid_account":                       {DeclineIncorrectDetails, false},
	"authentication_required":               {DeclineAuthenticationRequired, false},
	"payment_intent_authentication_failure": {DeclineAuthenticationFailed, false},
	"card_not_supported":                    {DeclineUnsupportedCard, false},
	"currency_not_supported":                {DeclineUnsupportedCard, false},
	"transaction_not_allowed":               {DeclineUnsupportedCard, false},
	"service_not_allowed":                   {DeclineUnsupportedCard, false},
	"lost_card":                             {DeclineGeneric, false},
	"stolen_card":                           {DeclineGeneric, false},
	"pickup_card":                           {DeclineGeneric, false},
	"restricted_card":                       {DeclineGeneric, false},
	"fraudulent":                            {DeclineGeneric, false},
	"merchant_blacklist":                    {DeclineGeneric, false},
	"security_violation":                    {DeclineGeneric, false},
	"do_not_try_again":                      {DeclineGeneric, false},
	"stop_payment_order":                    {DeclineGeneric, false},
	"revocation_of_authorization":           {DeclineGeneric, false},
	"revocation_of_all_authorizations":      {DeclineGeneric, false},
}

// NewDecline makes a decline of the gateway's words; the bank's code counts first.
func NewDecline(code, declineCode, message string) *Decline {
	return &Decline{
		Code: code, DeclineCode: declineCode, Message: message,
		Retryable: lookup(code, declineCode).retryable,
	}
}

// Reason returns what the decline means to the learner.
func (d Decline) Reason() DeclineReason { return lookup(d.Code, d.DeclineCode).reason }

func lookup(code, declineCode string) outcome {
	for _, word := range []string{declineCode, code} {
		if o, ok := outcomes[word]; ok {
			return o
		}
	}
	return outcome{DeclineGeneric, true}
}
