package stripe

import (
	"strings"
)

// The states of intents.
const (
	statusMethodRequired  = "requires_payment_method"
	statusConfirmRequired = "requires_confirmation"
	statusActionRequired  = "requires_action"
	statusProcessing      = "processing"
	statusSucceeded       = "succeeded"
	statusCanceled        = "canceled"
	statusFailed          = "failed"
	statusPending         = "pending"
)

// currencies are those that the emulator charges in, and the least it charges, in minor
// units: Stripe's own, and about half a dollar where it names none.
var currencies = map[string]int64{
	"jpy": 50, "mxn": 1000, "php": 2500, "idr": 800000, "usd": 50, "eur": 50,
}

const (
	maxAmount    = 99_999_999
	maxAmountIDR = 999_999_999_999
)

// readAmount answers amount and currency, which are required.
func readAmount(c *call) (int64, string, *apiError) {
	currency := strings.ToLower(c.params.text("currency"))
	if !c.params.has("amount") {
		return 0, "", missingParam("amount")
	}
	if currency == "" {
		return 0, "", missingParam("currency")
	}
	amount, _, err := c.params.number("amount")
	if err != nil {
		return 0, "", err
	}
	return amount, currency, checkAmount(amount, currency)
}

func checkAmount(amount int64, currency string) *apiError {
	least, ok := currencies[currency]
	if !ok {
		return invalid("currency", "Invalid currency: %s. The emulator knows idr, jpy, php, mxn, usd and eur.", currency)
	}
	most := int64(maxAmount)
	if currency == "idr" {
		most = maxAmountIDR
	}
	switch {
	case amount < 1:
		return withCode("parameter_invalid_integer", invalid("amount", "This value must be greater than or equal to 1."))
	case amount < least:
		return withCode("amount_too_small", invalid("amount", "Amount must be at least %d %s", least, currency))
	case amount > most:
		return withCode("amount_too_large", invalid("amount", "Amount must be no more than %d %s", most, currency))
	}
	return nil
}

func createPaymentIntent(c *call) (any, *apiError) {
	amount, currency, err := readAmount(c)
	if err != nil {
		return nil, err
	}
	if capture := c.params.text("capture_method"); capture == "manual" {
		return nil, invalid("capture_method", "The emulator captures automatically; manual capture is not emulated.")
	}
	pi := &paymentIntent{Amount: amount, Currency: currency}
	metadata, err := c.params.metadata(nil, "metadata")
	if err != nil {
		return nil, err
	}
	if err := newIntent(c.tx, pi, metadata, c.params.optional("customer")); err != nil {
		return nil, err
	}
	pi.Description = c.params.optional("description")
	pi.SetupFutureUsage = c.params.optional("setup_future_usage")
	if err := chooseMethod(c, pi); err != nil {
		return nil, err
	}
	c.tx.put(pi)
	c.tx.emit("payment_intent.created", pi)
	if c.params.flag("confirm") {
		return confirmIntent(c, pi)
	}
	if c.params.has("off_session") || c.params.has("return_url") {
		return nil, invalid("off_session", "off_session and return_url can only be used with confirm=true.")
	}
	return pi, nil
}

// newIntent fills in what every new payment intent has.
func newIntent(tx *transaction, pi *paymentIntent, metadata map[string]string, customerID *string) *apiError {
	if customerID != nil {
		if _, err := liveCustomer(tx, *customerID, "customer"); err != nil {
			return err
		}
	}
	pi.Customer = customerID
	pi.CaptureMethod, pi.ConfirmationMethod = "automatic_async", "automatic"
	pi.PaymentMethodTypes = []string{"card"}
	pi.Status = statusMethodRequired
	tx.create(pi, kindPaymentIntent, "pi", metadata)
	pi.ClientSecret = newID(pi.ID + "_secret")
	return nil
}

// chooseMethod takes the payment_method parameter over into the intent, if there is one.
func chooseMethod(c *call, pi *paymentIntent) *apiError {
	id := c.params.text("payment_method")
	if id == "" {
		return nil
	}
	pm, err := usableMethod(c.tx, id, pi.Customer, "payment_method")
	if err != nil {
		return err
	}
	pi.PaymentMethod = &pm.ID
	if pi.Status == statusMethodRequired {
		pi.Status = statusConfirmRequired
	}
	return nil
}

// withIntent runs f on the payment intent that the path names.
func withIntent(f func(*call, *paymentIntent) (any, *apiError)) handler {
	return func(c *call) (any, *apiError) {
		pi, ok := get[paymentIntent](c.tx, c.id)
		if !ok {
			return nil, noSuch("payment_intent", c.id, "id")
		}
		return f(c, pi)
	}
}

func getPaymentIntent(_ *call, pi *paymentIntent) (any, *apiError) { return pi, nil }

func updatePaymentIntent(c *call, pi *paymentIntent) (any, *apiError) {
	if c.params.has("amount") || c.params.has("payment_method") {
		if pi.Status != statusMethodRequired && pi.Status != statusConfirmRequired && pi.Status != statusActionRequired {
			return nil, unexpectedState(pi, "updated")
		}
	}
	if amount, ok, err := c.params.number("amount"); ok {
		if err == nil {
			err = checkAmount(amount, pi.Currency)
		}
		if err != nil {
			return nil, err
		}
		pi.Amount = amount
	}
	metadata, err := c.params.metadata(pi.Metadata, "metadata")
	if err != nil {
		return nil, err
	}
	pi.Metadata = metadata
	if c.params.has("description") {
		pi.Description = c.params.optional("description")
	}
	if err := chooseMethod(c, pi); err != nil {
		return nil, err
	}
	c.tx.put(pi)
	return pi, nil
}

func cancelPaymentIntent(c *call, pi *paymentIntent) (any, *apiError) {
	switch pi.Status {
	case statusSucceeded, statusCanceled, statusProcessing:
		return nil, unexpectedState(pi, "canceled")
	}
	cancelIntent(c.tx, pi, c.params.optional("cancellation_reason"))
	return pi, nil
}

func cancelIntent(tx *transaction, pi *paymentIntent, reason *string) {
	at := tx.store.now().Unix()
	pi.Status, pi.CanceledAt, pi.CancellationReason, pi.NextAction = statusCanceled, &at, reason, nil
	tx.put(pi)
	tx.emit("payment_intent.canceled", pi)
}

func unexpectedState(pi *paymentIntent, done string) *apiError {
	e := withCode("payment_intent_unexpected_state", invalid("",
		"This PaymentIntent's status is %s; it could not be %s in that status.", pi.Status, done))
	e.PaymentIntent = shown(pi)
	return e
}

func listPaymentIntents(c *call) (any, *apiError) {
	customerID := c.params.text("customer")
	return c.page(kindPaymentIntent, func(o object) bool {
		pi := o.(*paymentIntent)
		return customerID == "" || pi.Customer != nil && *pi.Customer == customerID
	})
}

func searchPaymentIntents(c *call) (any, *apiError) {
	query, err := parseQuery(c.params.text("query"))
	if err != nil {
		return nil, err
	}
	return c.searchPage(kindPaymentIntent, "/v1/payment_intents/search", func(o object) bool {
		return query.matches(shown(o))
	})
}
