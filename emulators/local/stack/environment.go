package stack

import (
	"context"
	"fmt"
	"os"
	"sort"
	"strings"

	"github.com/kwipper/kwipper/shared/topology"
)

// environment is what the functions read: endpoints and names, as in production.
func (s *Stack) environment() map[string]string {
	p := s.Options.Ports
	return map[string]string{
		"KWIPPER_PROJECT":             Project,
		"KWIPPER_REGION":              Region,
		"KWIPPER_INSTANCE":            Instance,
		"GOOGLE_CLOUD_PROJECT":        Project,
		"SPANNER_EMULATOR_HOST":       address(p.Spanner),
		"PUBSUB_EMULATOR_HOST":        address(p.PubSub),
		"STORAGE_EMULATOR_HOST":       httpURL(p.Storage),
		"CLOUD_TASKS_EMULATOR_HOST":   address(p.Tasks),
		"IDENTITY_ISSUER":             s.Identity.UserIssuer(),
		"IDENTITY_AUDIENCE":           s.Identity.Project(),
		"IDENTITY_ADMIN_ENDPOINT":     s.Identity.AdminEndpoint(),
		"SERVICE_ISSUER":              s.Identity.ServiceIssuer(),
		"SERVICE_ACCOUNT_INVOKER":     invoker,
		"FUNCTION_URL_TEMPLATE":       httpURL(p.Functions) + "/{name}",
		"STRIPE_API_BASE":             httpURL(p.Stripe),
		"STRIPE_SECRET_KEY":           stripeKey,
		"STRIPE_WEBHOOK_SECRETS":      s.secret.Webhook,
		"MEDIA_BUCKET_TEMPLATE":       "kwipper-media-{country}",
		"MEDIA_SIGNER_EMAIL":          mediaSigner,
		"MEDIA_SIGNER_KEY":            s.secret.Media,
		"RETURN_URI_ALLOWLIST":        strings.Join(s.returnOrigins(), ","),
		"PAGE_TOKEN_KEY":              s.secret.PageToken,
		"TASK_QUEUES":                 strings.Join(topology.RenewalQueues, ","),
		"PAYMENT_QUEUE":               topology.PaymentQueue,
		"CATALOGUE_STALENESS_SECONDS": "0", // who has just published wants to see it
	}
}

// returnOrigins are where payment pages may send back to: the console, and where front
// ends are usually developed.
func (s *Stack) returnOrigins() []string {
	origins := []string{httpURL(s.Options.Ports.Console), httpURL(s.Options.Ports.API)}
	for _, port := range []int{3000, 5173, 8000} {
		origins = append(origins, httpURL(port), fmt.Sprintf("http://localhost:%d", port))
	}
	return origins
}

func (s *Stack) setEnvironment(context.Context) error {
	for name, value := range s.environment() {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return nil
}

// EnvironmentLines are the settings for a client or function outside the stack, in the form
// NAME=value, without secrets.
func (s *Stack) EnvironmentLines() []string {
	var lines []string
	for name, value := range s.environment() {
		if !strings.Contains(name, "KEY") && !strings.Contains(name, "SECRET") {
			lines = append(lines, name+"="+value)
		}
	}
	sort.Strings(lines)
	return lines
}
