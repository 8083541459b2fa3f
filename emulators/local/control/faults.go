package control

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/kwipper/kwipper/emulators/local/faults"
	"github.com/kwipper/kwipper/emulators/stripe"
	"github.com/kwipper/kwipper/shared/fault"
)

// faultRequest is a rule to be added; see faults.Rule.
type faultRequest struct {
	Target      string            `json:"target"`
	Match       map[string]string `json:"match"`
	Effect      faults.Effect     `json:"effect"`
	Status      int               `json:"status"`
	Delay       faults.Duration   `json:"delay"`
	Reason      string            `json:"reason"` // of REFUSE
	Count       int               `json:"count"`
	Probability float64           `json:"probability"`
	Seed        uint64            `json:"seed"`
	DeclineCode string            `json:"declineCode"` // of Stripe's DECLINE and PROCESSING
}

// faultView is a rule as it is answered.
type faultView struct {
	faults.Rule
	DeclineCode string `json:"declineCode,omitempty"`
}

const (
	targetStripe = "stripe"
	stripePrefix = "stripe-" // of the ids of Stripe's faults
	operationKey = "operation"
)

func (c *server) addFault(_ context.Context, r *http.Request) (any, error) {
	var request faultRequest
	if err := decode(r, &request); err != nil {
		return nil, err
	}
	switch {
	case request.Target == targetStripe:
		return c.addStripeFault(request)
	case request.DeclineCode != "":
		return nil, invalid("declineCode", "goes with the target stripe only")
	}
	rule, err := c.Faults.Add(faults.Rule{
		Target: request.Target, Match: request.Match, Effect: request.Effect, Status: request.Status, Delay: request.Delay, Reason: request.Reason,
		Count: request.Count, Probability: request.Probability, Seed: request.Seed,
	})
	return faultView{Rule: rule}, err
}

// addStripeFault puts a rule into Stripe's own words. Match has the operation, as in
// payment_intents.confirm or webhook.payment_intent.succeeded (default: all requests), and
// parameters with their values. Stripe's own effects are taken as they are.
func (c *server) addStripeFault(request faultRequest) (any, error) {
	f := stripe.Fault{
		Operation: "*", Match: map[string]string{}, DeclineCode: request.DeclineCode, DelayMillis: time.Duration(request.Delay).Milliseconds(),
		Count: request.Count, Probability: request.Probability,
	}
	for name, value := range request.Match {
		if name == operationKey {
			f.Operation = value
			continue
		}
		f.Match[name] = value
	}
	effect, err := stripeEffect(request, strings.HasPrefix(f.Operation, "webhook"))
	if err != nil {
		return nil, err
	}
	f.Effect = effect
	id, err := c.Stripe.AddFault(f)
	if err != nil {
		return nil, stripeRefusal(err)
	}
	return c.fault(stripePrefix + id)
}

// stripeEffect is Stripe's word for an effect of ours.
func stripeEffect(request faultRequest, webhook bool) (stripe.Effect, error) {
	if request.Seed != 0 {
		return "", invalid("seed", "Stripe's faults follow a seed of their own")
	}
	if (request.Effect == faults.Status) != (request.Status != 0) {
		return "", invalid("status", "goes with the effect STATUS, and with that one only")
	}
	if request.Reason != "" {
		return "", invalid("reason", "goes with the effect REFUSE of a function")
	}
	switch request.Effect {
	case faults.Status:
		switch request.Status {
		case http.StatusTooManyRequests:
			return stripe.EffectRateLimit, nil
		case http.StatusInternalServerError:
			return stripe.EffectErrorBefore, nil
		default:
			return "", invalid("status", "Stripe answers 429 or 500, not %d", request.Status)
		}
	case faults.Delay:
		if webhook {
			return stripe.EffectDelay, nil
		}
		return stripe.EffectSlow, nil
	case faults.LostResponse:
		return stripe.EffectDropAfter, nil
	case faults.CrashBefore, faults.CrashAfter:
		return "", invalid("effect", "crash a function that calls Stripe, as Pay or Refund")
	default:
		return stripe.Effect(request.Effect), nil
	}
}

// stripeRefusal names the field that Stripe's emulator complains about: "fault: field: why".
func stripeRefusal(err error) error {
	field, why, ok := strings.Cut(strings.TrimPrefix(err.Error(), "fault: "), ": ")
	if !ok {
		return invalid("target", "%v", err)
	}
	name := map[string]string{"operation": "match.operation", "delayMillis": "delay"}[field]
	if name == "" {
		name = field
	}
	return invalid(name, "%s", why)
}

func (c *server) allFaults() []faultView {
	views := []faultView{}
	for _, r := range c.Faults.List() {
		views = append(views, faultView{Rule: r})
	}
	for _, f := range c.Stripe.Faults() {
		match := map[string]string{operationKey: f.Operation}
		for name, value := range f.Match {
			match[name] = value
		}
		views = append(views, faultView{DeclineCode: f.DeclineCode, Rule: faults.Rule{
			ID: stripePrefix + f.ID, Target: targetStripe, Match: match, Effect: faults.Effect(f.Effect), Delay: faults.Duration(f.Delay()),
			Count: f.Count, Probability: f.Probability, Hits: f.Hits,
		}})
	}
	return views
}

func (c *server) fault(id string) (any, error) {
	for _, f := range c.allFaults() {
		if f.ID == id {
			return f, nil
		}
	}
	return nil, fault.New(fault.NotFound, "FAULT_NOT_FOUND", "there is no fault %s", strconv.Quote(id))
}

func (c *server) listFaults(context.Context, *http.Request) (any, error) {
	return map[string]any{"faults": c.allFaults()}, nil
}

func (c *server) getFault(_ context.Context, r *http.Request) (any, error) {
	return c.fault(r.PathValue("id"))
}

func (c *server) clearFaults(context.Context, *http.Request) (any, error) {
	c.Faults.Clear()
	c.Stripe.ClearFaults()
	return nil, nil
}

func (c *server) removeFault(_ context.Context, r *http.Request) (any, error) {
	id := r.PathValue("id")
	if inStripe, ok := strings.CutPrefix(id, stripePrefix); ok && c.Stripe.RemoveFault(inStripe) || c.Faults.Remove(id) {
		return nil, nil
	}
	return c.fault(id) // which there is not
}
