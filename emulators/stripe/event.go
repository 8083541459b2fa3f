package stripe

import (
	"encoding/json"
	"slices"
	"strings"
)

type event struct {
	header
	APIVersion      string       `json:"api_version"`
	Data            eventData    `json:"data"`
	PendingWebhooks int          `json:"pending_webhooks"`
	Request         eventRequest `json:"request"`
	Type            string       `json:"type"`
}

type eventData struct {
	Object json.RawMessage `json:"object"`
}

type eventRequest struct {
	ID             *string `json:"id"`
	IdempotencyKey *string `json:"idempotency_key"`
}

type endpoint struct {
	header
	APIVersion    *string  `json:"api_version"`
	Description   *string  `json:"description"`
	EnabledEvents []string `json:"enabled_events"`
	Secret        string   `json:"secret,omitempty"`
	Status        string   `json:"status"`
	URL           string   `json:"url"`
	Deleted       bool     `json:"_deleted"`
}

// wants reports whether the endpoint is sent events of a type.
func (w *endpoint) wants(eventType string) bool {
	if w.Deleted || w.Status != "enabled" {
		return false
	}
	return slices.Contains(w.EnabledEvents, "*") || slices.Contains(w.EnabledEvents, eventType)
}

func getEvent(c *call) (any, *apiError) {
	e, ok := get[event](c.tx, c.id)
	if !ok {
		return nil, noSuch("event", c.id, "id")
	}
	return e, nil
}

func listEvents(c *call) (any, *apiError) {
	types := c.params.list("types")
	if one := c.params.text("type"); one != "" {
		types = append(types, one)
	}
	return c.page(kindEvent, func(o object) bool {
		return len(types) == 0 || slices.ContainsFunc(types, func(pattern string) bool {
			if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
				return strings.HasPrefix(o.(*event).Type, prefix)
			}
			return o.(*event).Type == pattern
		})
	})
}

func createEndpoint(c *call) (any, *apiError) {
	w := &endpoint{
		URL: c.params.text("url"), EnabledEvents: c.params.list("enabled_events"),
		Description: c.params.optional("description"), APIVersion: c.params.optional("api_version"),
		Status: "enabled", Secret: newID("whsec"),
	}
	if !webAddress(w.URL) {
		return nil, withCode("url_invalid", invalid("url", "Invalid URL: An explicit scheme (such as https) must be provided."))
	}
	if len(w.EnabledEvents) == 0 {
		return nil, missingParam("enabled_events")
	}
	metadata, err := c.params.metadata(nil, "metadata")
	if err != nil {
		return nil, err
	}
	c.tx.create(w, kindEndpoint, "we", metadata)
	return w, nil
}

// withEndpoint runs f on the endpoint that the path names.
func withEndpoint(f func(*call, *endpoint) (any, *apiError)) handler {
	return func(c *call) (any, *apiError) {
		w, ok := get[endpoint](c.tx, c.id)
		if !ok || w.Deleted {
			return nil, noSuch("webhook endpoint", c.id, "id")
		}
		return f(c, w)
	}
}

// getEndpoint hides the secret, which Stripe shows once.
func getEndpoint(_ *call, w *endpoint) (any, *apiError) {
	w.Secret = ""
	return w, nil
}

func updateEndpoint(c *call, w *endpoint) (any, *apiError) {
	if address := c.params.text("url"); address != "" {
		if !webAddress(address) {
			return nil, withCode("url_invalid", invalid("url", "Not a valid URL"))
		}
		w.URL = address
	}
	if types := c.params.list("enabled_events"); len(types) > 0 {
		w.EnabledEvents = types
	}
	if c.params.has("disabled") {
		w.Status = "enabled"
		if c.params.flag("disabled") {
			w.Status = "disabled"
		}
	}
	metadata, err := c.params.metadata(w.Metadata, "metadata")
	if err != nil {
		return nil, err
	}
	w.Metadata = metadata
	c.tx.put(w)
	answer := *w
	answer.Secret = ""
	return &answer, nil
}

func deleteEndpoint(c *call, w *endpoint) (any, *apiError) {
	w.Deleted = true
	c.tx.put(w)
	return map[string]any{"id": w.ID, "object": w.Object, "deleted": true}, nil
}

func listEndpoints(c *call) (any, *apiError) {
	return c.page(kindEndpoint, func(o object) bool { return !o.(*endpoint).Deleted })
}
