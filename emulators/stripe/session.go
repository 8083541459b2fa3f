package stripe

import (
	"strings"
	"time"
)

// The states and modes of Checkout sessions.
const (
	sessionOpen     = "open"
	sessionComplete = "complete"
	sessionExpired  = "expired"

	modeSetup   = "setup"
	modePayment = "payment"
)

// Bounds of a session's life.
const (
	minSessionLife = 30 * time.Minute
	maxSessionLife = 24 * time.Hour
)

func createSession(c *call) (any, *apiError) {
	mode := c.params.text("mode")
	if mode != modeSetup && mode != modePayment {
		return nil, invalid("mode", "Invalid mode: must be setup or payment; subscription is not emulated")
	}
	if ui := c.params.text("ui_mode"); ui != "" && ui != "hosted" && ui != "hosted_page" {
		return nil, invalid("ui_mode", "The emulator has hosted pages only.")
	}
	se := &session{
		Mode: mode, Status: sessionOpen, PaymentStatus: "unpaid", UIMode: "hosted_page",
		PaymentMethodTypes: []string{"card"}, SuccessURL: c.params.text("success_url"),
		CancelURL: c.params.optional("cancel_url"), ClientReferenceID: c.params.optional("client_reference_id"),
		Customer: c.params.optional("customer"), Locale: c.params.optional("locale"),
		AutomaticTax: map[string]any{"enabled": false, "status": nil}, CustomText: map[string]any{},
		CustomFields: []string{}, ShippingOptions: []string{},
	}
	if err := checkSession(c, se); err != nil {
		return nil, err
	}
	metadata, err := c.params.metadata(nil, "metadata")
	if err != nil {
		return nil, err
	}
	c.tx.create(se, kindSession, "cs_test", metadata)
	page := c.server.URL() + "/c/pay/" + se.ID
	se.URL = &page
	if mode == modeSetup {
		err = startSetup(c, se)
	} else {
		err = startPayment(c, se)
	}
	if err != nil {
		return nil, err
	}
	if err := se.limitLife(c); err != nil {
		return nil, err
	}
	c.tx.put(se)
	c.tx.after(time.Unix(se.ExpiresAt, 0).Sub(c.now), timerSession, se.ID)
	return se, nil
}

func checkSession(c *call, se *session) *apiError {
	if se.SuccessURL == "" {
		return missingParam("success_url")
	}
	for param, address := range map[string]string{"success_url": se.SuccessURL, "cancel_url": c.params.text("cancel_url")} {
		if address != "" && !webAddress(strings.ReplaceAll(address, "{CHECKOUT_SESSION_ID}", "x")) {
			return withCode("url_invalid", invalid(param, "Not a valid URL"))
		}
	}
	if se.Customer != nil {
		if _, err := liveCustomer(c.tx, *se.Customer, "customer"); err != nil {
			return err
		}
	}
	if se.Mode == modeSetup && !c.params.has("currency") && !c.params.has("payment_method_types") {
		return withCode("parameter_missing", invalid("currency", "`currency` is required in `setup` mode when `payment_method_types` is not given."))
	}
	return nil
}

func (se *session) limitLife(c *call) *apiError {
	se.ExpiresAt = c.now.Add(maxSessionLife).Unix()
	at, given, err := c.params.number("expires_at")
	if err != nil || !given {
		return err
	}
	life := time.Unix(at, 0).Sub(c.now)
	if life < minSessionLife-time.Minute || life > maxSessionLife+time.Minute {
		return invalid("expires_at", "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.")
	}
	se.ExpiresAt = at
	return nil
}

func startSetup(c *call, se *session) *apiError {
	se.PaymentStatus = "no_payment_required"
	metadata, err := c.params.metadata(nil, "setup_intent_data", "metadata")
	if err != nil {
		return err
	}
	si := &setupIntent{}
	if err := newSetupIntent(c.tx, si, metadata, se.Customer, "off_session"); err != nil {
		return err
	}
	si.Session = se.ID
	si.Description = c.params.optional("setup_intent_data", "description")
	c.tx.put(si)
	se.SetupIntent = &si.ID
	c.tx.emit("setup_intent.created", si)
	return nil
}

// startPayment adds up the line items. The payment intent follows when the page is sent.
func startPayment(c *call, se *session) *apiError {
	var total int64
	currency := ""
	for _, item := range c.params.elements("line_items") {
		unit, given, err := item.number("price_data", "unit_amount")
		if err != nil {
			return err
		}
		if !given {
			return invalid("line_items", "The emulator needs line_items[][price_data][unit_amount]; stored prices are not emulated.")
		}
		quantity, given, err := item.number("quantity")
		if err != nil {
			return err
		}
		if !given {
			quantity = 1
		}
		if unit < 0 || quantity < 0 || unit > maxAmountIDR || quantity > maxAmount {
			return invalid("line_items", "Invalid amount or quantity.")
		}
		total += unit * quantity
		currency = strings.ToLower(item.text("price_data", "currency"))
	}
	if currency == "" {
		return missingParam("line_items")
	}
	if err := checkAmount(total, currency); err != nil {
		return err
	}
	metadata, err := c.params.metadata(nil, "payment_intent_data", "metadata")
	if err != nil {
		return err
	}
	se.AmountTotal, se.Currency, se.IntentMetadata = &total, &currency, metadata
	se.IntentDescription = c.params.optional("payment_intent_data", "description")
	se.FutureUsage = c.params.optional("payment_intent_data", "setup_future_usage")
	return nil
}

// submit enters a card on the page of an open session. It answers where the browser goes.
func (s *Server) submit(c *call, se *session, entry cardEntry) (string, *apiError) {
	card, month, year, err := entry.check(c.now)
	if err != nil {
		return "", err
	}
	pm := newMethod(c.tx, card, month, year)
	if se.Mode == modeSetup {
		return s.submitSetup(c, se, pm)
	}
	return s.submitPayment(c, se, pm)
}

func (s *Server) submitSetup(c *call, se *session, pm *paymentMethod) (string, *apiError) {
	si, ok := get[setupIntent](c.tx, *se.SetupIntent)
	if !ok {
		return "", noSuch("setupintent", *se.SetupIntent, "id")
	}
	si.PaymentMethod = &pm.ID
	if err := setUp(c, si, pm, *se.URL); err != nil {
		return "", err
	}
	if si.Status == statusActionRequired {
		return si.NextAction.RedirectToURL.URL, nil
	}
	return complete(c.tx, se), nil
}

func (s *Server) submitPayment(c *call, se *session, pm *paymentMethod) (string, *apiError) {
	pi := &paymentIntent{Amount: *se.AmountTotal, Currency: *se.Currency}
	if se.PaymentIntent != nil {
		known, ok := get[paymentIntent](c.tx, *se.PaymentIntent)
		if !ok {
			return "", noSuch("payment_intent", *se.PaymentIntent, "id")
		}
		pi = known
	} else {
		if err := newIntent(c.tx, pi, se.IntentMetadata, se.Customer); err != nil {
			return "", err
		}
		pi.Description, pi.SetupFutureUsage, pi.Session = se.IntentDescription, se.FutureUsage, se.ID
		c.tx.emit("payment_intent.created", pi)
		se.PaymentIntent = &pi.ID
		c.tx.put(se)
	}
	pi.PaymentMethod, pi.Status = &pm.ID, statusConfirmRequired
	if testCards[pm.Number].needsAuthentication(false, pm.SetUp) {
		askToAuthenticate(c, pi, *se.URL)
		return pi.NextAction.RedirectToURL.URL, nil
	}
	if _, err := attempt(c.tx, pi, pm, c.decline); err != nil {
		return "", err
	}
	return complete(c.tx, se), nil
}

// complete ends a session whose intent has succeeded and answers its success_url.
func complete(tx *transaction, se *session) string {
	if se.Status == sessionOpen {
		se.Status, se.URL = sessionComplete, nil
		if se.Mode == modePayment {
			se.PaymentStatus = "paid"
		}
		tx.put(se)
		tx.emit("checkout.session.completed", se)
	}
	return strings.ReplaceAll(se.SuccessURL, "{CHECKOUT_SESSION_ID}", se.ID)
}

// expire ends an open session and what it was for.
func expire(tx *transaction, se *session) {
	if se.Status != sessionOpen {
		return
	}
	se.Status, se.URL = sessionExpired, nil
	tx.put(se)
	if se.SetupIntent != nil {
		if si, ok := get[setupIntent](tx, *se.SetupIntent); ok && si.Status != statusSucceeded && si.Status != statusCanceled {
			reason := "abandoned"
			si.Status, si.NextAction, si.CancellationReason = statusCanceled, nil, &reason
			tx.put(si)
			tx.emit("setup_intent.canceled", si)
		}
	}
	if se.PaymentIntent != nil {
		if pi, ok := get[paymentIntent](tx, *se.PaymentIntent); ok && pi.Status != statusSucceeded && pi.Status != statusCanceled {
			reason := "automatic"
			cancelIntent(tx, pi, &reason)
		}
	}
	tx.emit("checkout.session.expired", se)
}

// withSession runs f on the session that the path names.
func withSession(f func(*call, *session) (any, *apiError)) handler {
	return func(c *call) (any, *apiError) {
		se, ok := get[session](c.tx, c.id)
		if !ok {
			return nil, noSuch("checkout.session", c.id, "id")
		}
		return f(c, se)
	}
}

func getSession(_ *call, se *session) (any, *apiError) { return se, nil }

func expireSession(c *call, se *session) (any, *apiError) {
	if se.Status != sessionOpen {
		return nil, invalid("", "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of `%s`.", se.Status)
	}
	expire(c.tx, se)
	return se, nil
}

func listSessions(c *call) (any, *apiError) {
	customerID, intentID, status := c.params.text("customer"), c.params.text("payment_intent"), c.params.text("status")
	return c.page(kindSession, func(o object) bool {
		se := o.(*session)
		return (customerID == "" || se.Customer != nil && *se.Customer == customerID) &&
			(intentID == "" || se.PaymentIntent != nil && *se.PaymentIntent == intentID) &&
			(status == "" || se.Status == status)
	})
}
