package stripe

import (
	"slices"
	"time"
)

// defaultExpiry is the expiry of ready-made cards: a year ahead, at least.
func defaultExpiry(now time.Time) (month, year int) { return int(now.Month()), now.Year() + 1 }

// newMethod stores a payment method for a card.
func newMethod(tx *transaction, c testCard, month, year int) *paymentMethod {
	pm := &paymentMethod{
		Type: "card", Card: c.face(month, year), AllowRedisplay: "unspecified", Number: c.number,
		SetUp: c.auth == authOnSessionOnly,
	}
	tx.create(pm, kindPaymentMethod, "pm", nil)
	return pm
}

// usableMethod answers a payment method to use for customer, making one of a ready-made id.
func usableMethod(tx *transaction, id string, customerID *string, param string) (*paymentMethod, *apiError) {
	if c, ok := readyMade(id); ok {
		month, year := defaultExpiry(tx.store.now())
		return newMethod(tx, c, month, year), nil
	}
	pm, ok := get[paymentMethod](tx, id)
	if !ok {
		return nil, noSuch("PaymentMethod", id, param)
	}
	if pm.Detached {
		return nil, invalid(param, "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared with a connected account without Customer attachment, or was detached from a Customer. It may not be used again.")
	}
	if pm.Customer != nil && (customerID == nil || *pm.Customer != *customerID) {
		return nil, invalid(param, "The PaymentMethod %s belongs to a Customer. Please include the Customer in the `customer` parameter.", id)
	}
	return pm, nil
}

func createPaymentMethod(c *call) (any, *apiError) {
	if kind := c.params.text("type"); kind != "card" {
		if kind == "" {
			return nil, missingParam("type")
		}
		return nil, invalid("type", "The payment method type %q is not emulated; card is.", kind)
	}
	var pm *paymentMethod
	if token := c.params.text("card", "token"); token != "" {
		card, ok := readyMade("pm_card_" + trimToken(token))
		if !ok {
			return nil, noSuch("token", token, "card[token]")
		}
		month, year := defaultExpiry(c.now)
		pm = newMethod(c.tx, card, month, year)
	} else {
		entry := cardEntry{
			number: c.params.text("card", "number"), month: c.params.text("card", "exp_month"),
			year: c.params.text("card", "exp_year"), cvc: c.params.text("card", "cvc"),
		}
		card, month, year, err := entry.check(c.now)
		if err != nil {
			return nil, err
		}
		pm = newMethod(c.tx, card, month, year)
	}
	metadata, err := c.params.metadata(nil, "metadata")
	if err != nil {
		return nil, err
	}
	pm.Metadata = metadata
	pm.BillingDetails = billingDetails{
		Email: c.params.optional("billing_details", "email"),
		Name:  c.params.optional("billing_details", "name"),
		Phone: c.params.optional("billing_details", "phone"),
	}
	c.tx.put(pm)
	return pm, nil
}

func trimToken(token string) string {
	if len(token) > 4 && token[:4] == "tok_" {
		return token[4:]
	}
	return ""
}

func getPaymentMethod(c *call) (any, *apiError) {
	if card, ok := readyMade(c.id); ok {
		month, year := defaultExpiry(c.now)
		pm := &paymentMethod{Type: "card", Card: card.face(month, year)}
		pm.header = header{ID: c.id, Object: kindPaymentMethod, Created: c.now.Unix(), Metadata: map[string]string{}}
		return pm, nil
	}
	pm, ok := get[paymentMethod](c.tx, c.id)
	if !ok {
		return nil, noSuch("PaymentMethod", c.id, "id")
	}
	return pm, nil
}

func updatePaymentMethod(c *call) (any, *apiError) {
	pm, ok := get[paymentMethod](c.tx, c.id)
	if !ok {
		return nil, noSuch("PaymentMethod", c.id, "id")
	}
	metadata, err := c.params.metadata(pm.Metadata, "metadata")
	if err != nil {
		return nil, err
	}
	pm.Metadata = metadata
	c.tx.put(pm)
	c.tx.emit("payment_method.updated", pm)
	return pm, nil
}

func attachPaymentMethod(c *call) (any, *apiError) {
	customerID := c.params.text("customer")
	if customerID == "" {
		return nil, missingParam("customer")
	}
	if _, err := liveCustomer(c.tx, customerID, "customer"); err != nil {
		return nil, err
	}
	pm, err := usableMethod(c.tx, c.id, &customerID, "id")
	if err != nil {
		return nil, err
	}
	if refused := testCards[pm.Number].refused; refused != nil {
		e := refusalError(refused)
		e.PaymentMethod = shown(pm)
		return nil, e
	}
	if pm.Customer == nil {
		attach(c.tx, pm, customerID)
	}
	return pm, nil
}

// attach saves the method with the customer.
func attach(tx *transaction, pm *paymentMethod, customerID string) {
	pm.Customer = &customerID
	tx.put(pm)
	tx.emit("payment_method.attached", pm)
}

func detachPaymentMethod(c *call) (any, *apiError) {
	pm, ok := get[paymentMethod](c.tx, c.id)
	if !ok {
		return nil, noSuch("PaymentMethod", c.id, "id")
	}
	if pm.Customer == nil {
		return nil, withCode("payment_method_unexpected_state",
			invalid("", "The payment method you provided is not attached to a customer so detachment is impossible."))
	}
	pm.Customer, pm.Detached = nil, true
	c.tx.put(pm)
	c.tx.emit("payment_method.detached", pm)
	return pm, nil
}

func listPaymentMethods(c *call) (any, *apiError) {
	customerID := c.params.text("customer")
	if customerID == "" {
		customerID = c.id // /v1/customers/{id}/payment_methods
	}
	if customerID == "" {
		return nil, missingParam("customer")
	}
	kind := c.params.text("type")
	return c.page(kindPaymentMethod, func(o object) bool {
		pm := o.(*paymentMethod)
		return pm.Customer != nil && *pm.Customer == customerID && (kind == "" || pm.Type == kind)
	})
}

func createCustomer(c *call) (any, *apiError) {
	cus := &customer{PreferredLocales: []string{}}
	metadata, err := c.params.metadata(nil, "metadata")
	if err != nil {
		return nil, err
	}
	c.tx.create(cus, kindCustomer, "cus", metadata)
	cus.apply(c.params)
	if id := c.params.text("payment_method"); id != "" {
		pm, err := usableMethod(c.tx, id, &cus.ID, "payment_method")
		if err != nil {
			return nil, err
		}
		if refused := testCards[pm.Number].refused; refused != nil {
			return nil, refusalError(refused)
		}
		attach(c.tx, pm, cus.ID)
	}
	c.tx.put(cus)
	c.tx.emit("customer.created", cus)
	return cus, nil
}

func (cus *customer) apply(p params) {
	for name, field := range map[string]**string{
		"email": &cus.Email, "name": &cus.Name, "phone": &cus.Phone, "description": &cus.Description,
	} {
		if p.has(name) {
			*field = p.optional(name)
		}
	}
	if p.has("preferred_locales") {
		cus.PreferredLocales = slices.Clone(p.list("preferred_locales"))
	}
	if p.has("invoice_settings", "default_payment_method") {
		cus.InvoiceSettings.DefaultPaymentMethod = p.optional("invoice_settings", "default_payment_method")
	}
}

// liveCustomer answers a customer who is not deleted.
func liveCustomer(tx *transaction, id, param string) (*customer, *apiError) {
	cus, ok := get[customer](tx, id)
	if !ok || cus.Deleted {
		return nil, noSuch("customer", id, param)
	}
	return cus, nil
}

func getCustomer(c *call) (any, *apiError) {
	cus, ok := get[customer](c.tx, c.id)
	if !ok {
		return nil, noSuch("customer", c.id, "id")
	}
	return cus, nil
}

func updateCustomer(c *call) (any, *apiError) {
	cus, err := liveCustomer(c.tx, c.id, "id")
	if err != nil {
		return nil, err
	}
	if cus.Metadata, err = c.params.metadata(cus.Metadata, "metadata"); err != nil {
		return nil, err
	}
	cus.apply(c.params)
	c.tx.put(cus)
	c.tx.emit("customer.updated", cus)
	return cus, nil
}

func deleteCustomer(c *call) (any, *apiError) {
	cus, err := liveCustomer(c.tx, c.id, "id")
	if err != nil {
		return nil, err
	}
	for _, pm := range all(c.tx, kindPaymentMethod, func(pm *paymentMethod) bool {
		return pm.Customer != nil && *pm.Customer == cus.ID
	}) {
		gone := *pm
		gone.Customer, gone.Detached = nil, true
		c.tx.put(&gone)
	}
	c.tx.emit("customer.deleted", cus)
	cus.Deleted = true
	c.tx.put(cus)
	return cus, nil
}

func listCustomers(c *call) (any, *apiError) {
	email := c.params.text("email")
	return c.page(kindCustomer, func(o object) bool {
		cus := o.(*customer)
		return !cus.Deleted && (email == "" || cus.Email != nil && *cus.Email == email)
	})
}
