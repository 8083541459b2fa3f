package stripe

import "net/http"

// route is one operation of the API: what faults call it, the parameters it takes, and
// what it does.
type route struct {
	pattern   string
	operation string
	params    []string
	handle    handler
}

func pageParams(more ...string) []string {
	return append([]string{"limit", "starting_after", "ending_before", "created"}, more...)
}

var (
	customerParams = []string{"email", "name", "phone", "description", "metadata", "payment_method", "preferred_locales", "invoice_settings", "address"}
	confirmParams  = []string{"payment_method", "return_url", "off_session", "error_on_requires_action", "mandate_data", "setup_future_usage", "use_stripe_sdk", "payment_method_options", "receipt_email"}
	setupParams    = []string{"payment_method", "return_url", "mandate_data", "use_stripe_sdk", "payment_method_options"}
)

// routes is the API.
func routes() []route {
	var found []route
	for _, group := range [][]route{customerRoutes(), intentRoutes(), moneyRoutes(), eventRoutes()} {
		found = append(found, group...)
	}
	return found
}

func customerRoutes() []route {
	return []route{
		{"POST /v1/customers", "customers.create", customerParams, createCustomer},
		{"GET /v1/customers", "customers.list", pageParams("email"), listCustomers},
		{"GET /v1/customers/{id}", "customers.retrieve", nil, getCustomer},
		{"POST /v1/customers/{id}", "customers.update", customerParams, updateCustomer},
		{"DELETE /v1/customers/{id}", "customers.delete", nil, deleteCustomer},
		{"GET /v1/customers/{id}/payment_methods", "payment_methods.list", pageParams("type", "allow_redisplay"), listPaymentMethods},

		{"POST /v1/payment_methods", "payment_methods.create", []string{"type", "card", "billing_details", "metadata", "allow_redisplay"}, createPaymentMethod},
		{"GET /v1/payment_methods", "payment_methods.list", pageParams("customer", "type"), listPaymentMethods},
		{"GET /v1/payment_methods/{id}", "payment_methods.retrieve", nil, getPaymentMethod},
		{"POST /v1/payment_methods/{id}", "payment_methods.update", []string{"metadata"}, updatePaymentMethod},
		{"POST /v1/payment_methods/{id}/attach", "payment_methods.attach", []string{"customer"}, attachPaymentMethod},
		{"POST /v1/payment_methods/{id}/detach", "payment_methods.detach", nil, detachPaymentMethod},
	}
}

func intentRoutes() []route {
	createIntent := append([]string{"amount", "currency", "customer", "description", "metadata", "confirm",
		"capture_method", "payment_method_types", "automatic_payment_methods", "statement_descriptor",
		"statement_descriptor_suffix", "confirmation_method"}, confirmParams...)
	createSetup := append([]string{"customer", "description", "metadata", "confirm", "usage",
		"payment_method_types", "automatic_payment_methods"}, setupParams...)
	return []route{
		{"POST /v1/setup_intents", "setup_intents.create", createSetup, createSetupIntent},
		{"GET /v1/setup_intents", "setup_intents.list", pageParams("customer", "payment_method"), listSetupIntents},
		{"GET /v1/setup_intents/{id}", "setup_intents.retrieve", []string{"client_secret"}, withSetupIntent(getSetupIntent)},
		{"POST /v1/setup_intents/{id}/confirm", "setup_intents.confirm", setupParams, withSetupIntent(confirmSetupIntent)},
		{"POST /v1/setup_intents/{id}/cancel", "setup_intents.cancel", []string{"cancellation_reason"}, withSetupIntent(cancelSetupIntent)},

		{"POST /v1/payment_intents", "payment_intents.create", createIntent, createPaymentIntent},
		{"GET /v1/payment_intents", "payment_intents.list", pageParams("customer"), listPaymentIntents},
		{"GET /v1/payment_intents/search", "payment_intents.search", []string{"query", "limit", "page"}, searchPaymentIntents},
		{"GET /v1/payment_intents/{id}", "payment_intents.retrieve", []string{"client_secret"}, withIntent(getPaymentIntent)},
		{"POST /v1/payment_intents/{id}", "payment_intents.update", []string{"amount", "description", "metadata", "payment_method"}, withIntent(updatePaymentIntent)},
		{"POST /v1/payment_intents/{id}/confirm", "payment_intents.confirm", confirmParams, withIntent(confirmPaymentIntent)},
		{"POST /v1/payment_intents/{id}/cancel", "payment_intents.cancel", []string{"cancellation_reason"}, withIntent(cancelPaymentIntent)},

		{"POST /v1/checkout/sessions", "checkout.sessions.create", []string{"mode", "success_url", "cancel_url", "customer",
			"metadata", "setup_intent_data", "payment_intent_data", "payment_method_types", "locale", "client_reference_id",
			"expires_at", "currency", "line_items", "ui_mode", "submit_type"}, createSession},
		{"GET /v1/checkout/sessions", "checkout.sessions.list", pageParams("customer", "payment_intent", "status"), listSessions},
		{"GET /v1/checkout/sessions/{id}", "checkout.sessions.retrieve", nil, withSession(getSession)},
		{"POST /v1/checkout/sessions/{id}/expire", "checkout.sessions.expire", nil, withSession(expireSession)},
	}
}

func moneyRoutes() []route {
	return []route{
		{"GET /v1/charges", "charges.list", pageParams("customer", "payment_intent"), listCharges},
		{"GET /v1/charges/{id}", "charges.retrieve", nil, getCharge},
		{"POST /v1/refunds", "refunds.create", []string{"payment_intent", "charge", "amount", "reason", "metadata"}, createRefund},
		{"GET /v1/refunds", "refunds.list", pageParams("payment_intent", "charge"), listRefunds},
		{"GET /v1/refunds/{id}", "refunds.retrieve", nil, getRefund},
		{"POST /v1/refunds/{id}", "refunds.update", []string{"metadata"}, updateRefund},
		{"GET /v1/disputes", "disputes.list", pageParams("payment_intent", "charge"), listDisputes},
		{"GET /v1/disputes/{id}", "disputes.retrieve", nil, getDispute},
	}
}

func eventRoutes() []route {
	return []route{
		{"GET /v1/events", "events.list", pageParams("type", "types"), listEvents},
		{"GET /v1/events/{id}", "events.retrieve", nil, getEvent},
		{"POST /v1/webhook_endpoints", "webhook_endpoints.create", []string{"url", "enabled_events", "description", "metadata", "api_version"}, createEndpoint},
		{"GET /v1/webhook_endpoints", "webhook_endpoints.list", pageParams(), listEndpoints},
		{"GET /v1/webhook_endpoints/{id}", "webhook_endpoints.retrieve", nil, withEndpoint(getEndpoint)},
		{"POST /v1/webhook_endpoints/{id}", "webhook_endpoints.update", []string{"url", "enabled_events", "description", "metadata", "disabled"}, withEndpoint(updateEndpoint)},
		{"DELETE /v1/webhook_endpoints/{id}", "webhook_endpoints.delete", nil, withEndpoint(deleteEndpoint)},
	}
}

// unknownRoute answers paths that are no operation.
func unknownRoute(w http.ResponseWriter, r *http.Request) {
	e := invalid("", "Unrecognized request URL (%s: %s). The emulator's package comment says what it knows.", r.Method, r.URL.Path)
	e.status = http.StatusNotFound
	w.Header().Set("Content-Type", "application/json")
	write(w, errorReply(e))
}
