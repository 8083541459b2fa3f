// Package config reads the settings of a function from its environment, on first use and
// never in init. A missing or malformed variable is an error that names it.
package config

import (
	"fmt"
	"net/url"
	"os"
	"strings"
	"unicode"
)

// DefaultServiceIssuer issues the OIDC tokens of Pub/Sub push, Cloud Tasks and Cloud Scheduler.
const DefaultServiceIssuer = "https://accounts.google.com"

// String returns the variable name, which must be set and not empty.
func String(name string) (string, error) {
	if value := os.Getenv(name); value != "" {
		return value, nil
	}
	return "", fmt.Errorf("environment variable %s is not set", name)
}

// Optional returns the variable name, or fallback when it is empty.
func Optional(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

// URL returns the variable name, which must be an absolute http or https URL, without a
// slash at its end.
func URL(name string) (string, error) {
	value, err := String(name)
	if err != nil {
		return "", err
	}
	if err := checkURL(value); err != nil {
		return "", fmt.Errorf("environment variable %s: %w", name, err)
	}
	return strings.TrimSuffix(value, "/"), nil
}

// List returns the comma separated values of the variable name, at least one.
func List(name string) ([]string, error) {
	value, err := String(name)
	if err != nil {
		return nil, err
	}
	var list []string
	for part := range strings.SplitSeq(value, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("environment variable %s lists nothing", name)
	}
	return list, nil
}

// Project returns the id of the Google Cloud project.
func Project() (string, error) { return String("KWIPPER_PROJECT") }

// Region returns the region of the task queues.
func Region() (string, error) { return String("KWIPPER_REGION") }

// Database returns the full name of a database of Kwipper's Spanner instance.
func Database(name string) (string, error) {
	instance, err := String("KWIPPER_INSTANCE")
	if err != nil {
		return "", err
	}
	parts := strings.Split(instance, "/")
	if len(parts) != 4 || parts[0] != "projects" || parts[1] == "" || parts[2] != "instances" || parts[3] == "" {
		return "", fmt.Errorf("environment variable KWIPPER_INSTANCE: %q is not projects/P/instances/I", instance)
	}
	return instance + "/databases/" + name, nil
}

// ServiceIssuer returns the issuer of the tokens that event functions accept.
func ServiceIssuer() string { return Optional("SERVICE_ISSUER", DefaultServiceIssuer) }

// Invoker returns the account that may call event functions.
func Invoker() (string, error) { return String("SERVICE_ACCOUNT_INVOKER") }

// FunctionURL returns the address of the event function name, such as "RenewBilling",
// which is also the audience of the tokens sent to it: FUNCTION_URL_RENEW_BILLING, else
// FUNCTION_URL_TEMPLATE with {name} replaced.
func FunctionURL(name string) (string, error) {
	variable := "FUNCTION_URL_" + upperSnake(name)
	if os.Getenv(variable) != "" {
		return URL(variable)
	}
	template := os.Getenv("FUNCTION_URL_TEMPLATE")
	if template == "" {
		return "", fmt.Errorf("neither environment variable %s nor FUNCTION_URL_TEMPLATE is set", variable)
	}
	address := strings.ReplaceAll(template, "{name}", name)
	if address == template {
		return "", fmt.Errorf("environment variable FUNCTION_URL_TEMPLATE: %q has no {name}", template)
	}
	if err := checkURL(address); err != nil {
		return "", fmt.Errorf("environment variable FUNCTION_URL_TEMPLATE: %w", err)
	}
	return address, nil
}

func checkURL(value string) error {
	u, err := url.Parse(value)
	if err != nil {
		return fmt.Errorf("%q is not a URL: %w", value, err)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%q is not an absolute http or https URL", value)
	}
	return nil
}

// upperSnake turns RenewBilling into RENEW_BILLING.
func upperSnake(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToUpper(r))
	}
	return b.String()
}
