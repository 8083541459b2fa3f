package stripe

import (
	"encoding/json"
	"net/url"
)

func confirmPaymentIntent(c *call, pi *paymentIntent) (any, *apiError) {
	if err := chooseMethod(c, pi); err != nil {
		return nil, err
	}
	return confirmIntent(c, pi)
}

// confirmIntent charges the intent's method, or asks its holder to authenticate first.
func confirmIntent(c *call, pi *paymentIntent) (any, *apiError) {
	switch pi.Status {
	case statusConfirmRequired, statusMethodRequired, statusActionRequired:
	default:
		return nil, unexpectedState(pi, "confirmed")
	}
	if pi.PaymentMethod == nil {
		e := withCode("payment_intent_unexpected_state", invalid("payment_method",
			"You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method."))
		e.PaymentIntent = shown(pi)
		return nil, e
	}
	pm, err := usableMethod(c.tx, *pi.PaymentMethod, pi.Customer, "payment_method")
	if err != nil {
		return nil, err
	}
	returnURL := c.params.text("return_url")
	if returnURL != "" && !webAddress(returnURL) {
		return nil, withCode("url_invalid", invalid("return_url", "Not a valid URL"))
	}
	offSession := c.params.has("off_session") && c.params.text("off_session") != "false"
	if offSession && returnURL != "" && c.params.flag("error_on_requires_action") {
		return nil, invalid("return_url", "return_url cannot be used with error_on_requires_action.")
	}
	card := testCards[pm.Number]
	if c.decline == nil && card.needsAuthentication(offSession, pm.SetUp) {
		if offSession || c.params.flag("error_on_requires_action") {
			return nil, fail(c.tx, pi, pm, refuseAuthRequired, true)
		}
		return askToAuthenticate(c, pi, returnURL), nil
	}
	if c.settlesIn > 0 {
		pi.Status, pi.SettlesAs, pi.LastPaymentError = statusProcessing, c.settlesAs, nil
		c.tx.put(pi)
		c.tx.emit("payment_intent.processing", pi)
		c.tx.after(c.settlesIn, timerPayment, pi.ID)
		return pi, nil
	}
	return attempt(c.tx, pi, pm, c.decline)
}

// settlePayment ends a payment that is processing.
func settlePayment(tx *transaction, id string) {
	pi, ok := get[paymentIntent](tx, id)
	if !ok || pi.Status != statusProcessing || pi.PaymentMethod == nil {
		return
	}
	pm, ok := get[paymentMethod](tx, *pi.PaymentMethod)
	if !ok {
		return
	}
	var decline *refusal
	if pi.SettlesAs != "" {
		decline = refusalFor(pi.SettlesAs)
	}
	_, _ = attempt(tx, pi, pm, decline) // a refusal is kept in the intent
}

func askToAuthenticate(c *call, pi *paymentIntent, returnURL string) *paymentIntent {
	pi.Status, pi.ReturnURL, pi.LastPaymentError = statusActionRequired, returnURL, nil
	pi.NextAction = c.server.nextAction(pi.ID, returnURL)
	c.tx.put(pi)
	c.tx.emit("payment_intent.requires_action", pi)
	return pi
}

// nextAction sends the holder of a card to the authentication page of an intent. Without a
// return_url Stripe leaves the redirect to its script.
func (s *Server) nextAction(intentID, returnURL string) *nextAction {
	if returnURL == "" {
		return &nextAction{Type: "use_stripe_sdk"}
	}
	return &nextAction{Type: "redirect_to_url", RedirectToURL: &redirectToURL{
		URL: s.URL() + "/authenticate/" + intentID, ReturnURL: returnURL,
	}}
}

// attempt charges. A fault may decline what the card would allow.
func attempt(tx *transaction, pi *paymentIntent, pm *paymentMethod, decline *refusal) (any, *apiError) {
	card := testCards[pm.Number]
	if decline == nil {
		decline = card.outcome()
	}
	if decline != nil {
		return nil, fail(tx, pi, pm, decline, true)
	}
	ch := newCharge(pi, pm)
	ch.Paid, ch.Captured, ch.Status, ch.AmountCaptured = true, true, statusSucceeded, pi.Amount
	ch.Outcome = chargeOutcome{"approved_by_network", nil, "normal", "Payment complete.", "authorized"}
	tx.create(ch, kindCharge, "ch", pi.Metadata)
	pi.LatestCharge, pi.LastPaymentError, pi.NextAction = &ch.ID, nil, nil
	pi.Status, pi.AmountReceived = statusSucceeded, pi.Amount
	tx.put(pi)
	if pi.SetupFutureUsage != nil && pi.Customer != nil {
		pm.SetUp = pm.SetUp || *pi.SetupFutureUsage == "off_session"
		if pm.Customer == nil {
			attach(tx, pm, *pi.Customer)
		}
		tx.put(pm)
	}
	tx.emit("charge.succeeded", ch)
	tx.emit("payment_intent.succeeded", pi)
	if card.dispute != "" {
		openDispute(tx, ch, card.dispute)
	}
	return pi, nil
}

func newCharge(pi *paymentIntent, pm *paymentMethod) *charge {
	return &charge{
		Amount: pi.Amount, Currency: pi.Currency, Customer: pi.Customer, Description: pi.Description,
		PaymentIntent: pi.ID, PaymentMethod: pm.ID, BillingDetails: pm.BillingDetails,
		PaymentMethodDetails: methodDetails{Type: "card", Card: pm.Card},
	}
}

// fail records a refused attempt, with a charge if it reached the bank.
func fail(tx *transaction, pi *paymentIntent, pm *paymentMethod, r *refusal, reachedBank bool) *apiError {
	e := refusalError(r)
	if reachedBank {
		ch := newCharge(pi, pm)
		ch.Status, ch.FailureCode, ch.FailureMessage = statusFailed, &r.code, &r.message
		reason := r.declineCode
		ch.Outcome = chargeOutcome{"declined_by_network", &reason, "normal", "The bank did not return any further details with this decline.", "issuer_declined"}
		tx.create(ch, kindCharge, "ch", pi.Metadata)
		tx.emit("charge.failed", ch)
		pi.LatestCharge, e.Charge = &ch.ID, ch.ID
	}
	method, err := json.Marshal(shown(pm))
	if err != nil { // our own structs of strings and numbers always marshal
		panic(err)
	}
	pi.LastPaymentError = &lastError{
		Type: e.Type, Code: e.Code, DeclineCode: e.DeclineCode, Message: e.Message, Charge: e.Charge,
		DocURL: e.DocURL, PaymentMethod: method,
	}
	pi.Status, pi.PaymentMethod, pi.NextAction = statusMethodRequired, nil, nil
	tx.put(pi)
	tx.emit("payment_intent.payment_failed", pi)
	e.PaymentIntent, e.PaymentMethod = shown(pi), shown(pm)
	return e
}

// authenticated goes on with an intent whose holder has, or has not, authenticated.
// It does nothing if the intent waits no longer.
func authenticated(tx *transaction, pi *paymentIntent, passed bool) {
	if pi.Status != statusActionRequired || pi.PaymentMethod == nil {
		return
	}
	pm, ok := get[paymentMethod](tx, *pi.PaymentMethod)
	if !ok {
		return
	}
	if !passed {
		_ = fail(tx, pi, pm, refuseAuthFailed, false) // kept in the intent
		return
	}
	_, _ = attempt(tx, pi, pm, nil) // a refusal is kept in the intent
}

// webAddress reports whether text is an absolute http or https URL.
func webAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil
}
