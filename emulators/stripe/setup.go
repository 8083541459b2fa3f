package stripe

import "encoding/json"

func createSetupIntent(c *call) (any, *apiError) {
	metadata, err := c.params.metadata(nil, "metadata")
	if err != nil {
		return nil, err
	}
	usage := c.params.text("usage")
	if usage == "" {
		usage = "off_session"
	}
	si := &setupIntent{}
	if err := newSetupIntent(c.tx, si, metadata, c.params.optional("customer"), usage); err != nil {
		return nil, err
	}
	si.Description = c.params.optional("description")
	if err := chooseSetupMethod(c, si); err != nil {
		return nil, err
	}
	c.tx.put(si)
	c.tx.emit("setup_intent.created", si)
	if c.params.flag("confirm") {
		return confirmSetup(c, si)
	}
	return si, nil
}

func newSetupIntent(tx *transaction, si *setupIntent, metadata map[string]string, customerID *string, usage string) *apiError {
	if customerID != nil {
		if _, err := liveCustomer(tx, *customerID, "customer"); err != nil {
			return err
		}
	}
	si.Customer, si.Usage, si.Status = customerID, usage, statusMethodRequired
	si.PaymentMethodTypes = []string{"card"}
	tx.create(si, kindSetupIntent, "seti", metadata)
	si.ClientSecret = newID(si.ID + "_secret")
	return nil
}

func chooseSetupMethod(c *call, si *setupIntent) *apiError {
	id := c.params.text("payment_method")
	if id == "" {
		return nil
	}
	pm, err := usableMethod(c.tx, id, si.Customer, "payment_method")
	if err != nil {
		return err
	}
	si.PaymentMethod = &pm.ID
	if si.Status == statusMethodRequired {
		si.Status = statusConfirmRequired
	}
	return nil
}

// withSetupIntent runs f on the setup intent that the path names.
func withSetupIntent(f func(*call, *setupIntent) (any, *apiError)) handler {
	return func(c *call) (any, *apiError) {
		si, ok := get[setupIntent](c.tx, c.id)
		if !ok {
			return nil, noSuch("setupintent", c.id, "id")
		}
		return f(c, si)
	}
}

func getSetupIntent(_ *call, si *setupIntent) (any, *apiError) { return si, nil }

func confirmSetupIntent(c *call, si *setupIntent) (any, *apiError) {
	if err := chooseSetupMethod(c, si); err != nil {
		return nil, err
	}
	return confirmSetup(c, si)
}

func confirmSetup(c *call, si *setupIntent) (any, *apiError) {
	if si.Status == statusSucceeded || si.Status == statusCanceled {
		return nil, setupUnexpectedState(si, "confirmed")
	}
	if si.PaymentMethod == nil {
		return nil, setupUnexpectedState(si, "confirmed without a payment method")
	}
	pm, err := usableMethod(c.tx, *si.PaymentMethod, si.Customer, "payment_method")
	if err != nil {
		return nil, err
	}
	returnURL := c.params.text("return_url")
	if returnURL != "" && !webAddress(returnURL) {
		return nil, withCode("url_invalid", invalid("return_url", "Not a valid URL"))
	}
	if err := setUp(c, si, pm, returnURL); err != nil {
		return nil, err
	}
	return si, nil
}

// setUp saves the method, or asks its holder to authenticate first.
func setUp(c *call, si *setupIntent, pm *paymentMethod, returnURL string) *apiError {
	card := testCards[pm.Number]
	refused := card.refused
	if c.decline != nil {
		refused = c.decline
	}
	if refused != nil {
		return failSetup(c.tx, si, pm, refused)
	}
	if card.needsAuthenticationToSave() && !pm.SetUp {
		si.Status, si.ReturnURL, si.LastSetupError = statusActionRequired, returnURL, nil
		si.NextAction = c.server.nextAction(si.ID, returnURL)
		c.tx.put(si)
		c.tx.emit("setup_intent.requires_action", si)
		return nil
	}
	finishSetup(c.tx, si, pm)
	return nil
}

func finishSetup(tx *transaction, si *setupIntent, pm *paymentMethod) {
	si.Status, si.NextAction, si.LastSetupError = statusSucceeded, nil, nil
	si.PaymentMethod = &pm.ID
	tx.put(si)
	pm.SetUp = true
	tx.put(pm)
	if si.Customer != nil && pm.Customer == nil {
		attach(tx, pm, *si.Customer)
	}
	tx.emit("setup_intent.succeeded", si)
}

func failSetup(tx *transaction, si *setupIntent, pm *paymentMethod, r *refusal) *apiError {
	e := refusalError(r)
	method, err := json.Marshal(shown(pm))
	if err != nil { // our own structs of strings and numbers always marshal
		panic(err)
	}
	si.LastSetupError = &lastError{
		Type: e.Type, Code: e.Code, DeclineCode: e.DeclineCode, Message: e.Message, DocURL: e.DocURL,
		PaymentMethod: method,
	}
	si.Status, si.PaymentMethod, si.NextAction = statusMethodRequired, nil, nil
	tx.put(si)
	tx.emit("setup_intent.setup_failed", si)
	e.SetupIntent, e.PaymentMethod = shown(si), shown(pm)
	return e
}

// setupAuthenticated goes on with a setup whose holder has, or has not, authenticated.
func setupAuthenticated(tx *transaction, si *setupIntent, passed bool) {
	if si.Status != statusActionRequired || si.PaymentMethod == nil {
		return
	}
	pm, ok := get[paymentMethod](tx, *si.PaymentMethod)
	if !ok {
		return
	}
	if !passed {
		failed := *refuseAuthFailed
		failed.code = "setup_intent_authentication_failure"
		_ = failSetup(tx, si, pm, &failed) // kept in the intent
		return
	}
	finishSetup(tx, si, pm)
}

func cancelSetupIntent(c *call, si *setupIntent) (any, *apiError) {
	if si.Status == statusSucceeded || si.Status == statusCanceled {
		return nil, setupUnexpectedState(si, "canceled")
	}
	si.Status, si.NextAction, si.CancellationReason = statusCanceled, nil, c.params.optional("cancellation_reason")
	c.tx.put(si)
	c.tx.emit("setup_intent.canceled", si)
	return si, nil
}

func setupUnexpectedState(si *setupIntent, done string) *apiError {
	e := withCode("setup_intent_unexpected_state", invalid("",
		"This SetupIntent's status is %s; it could not be %s in that status.", si.Status, done))
	e.SetupIntent = shown(si)
	return e
}

func listSetupIntents(c *call) (any, *apiError) {
	customerID, methodID := c.params.text("customer"), c.params.text("payment_method")
	return c.page(kindSetupIntent, func(o object) bool {
		si := o.(*setupIntent)
		return (customerID == "" || si.Customer != nil && *si.Customer == customerID) &&
			(methodID == "" || si.PaymentMethod != nil && *si.PaymentMethod == methodID)
	})
}
