package cloud

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kwipper/kwipper/scripts/internal/wiring"
)

// Environment is what is checked, and the measure.
type Environment struct {
	Name   string // dev, staging or prod
	State  State
	Wiring *wiring.Map
}

// rule returns what is wrong in an environment.
type rule func(Environment) []string

var rules = []rule{
	forbiddenKinds, members, callers, rights, // access.go
	functionsAreComplete, functionsAreBuiltAlike, environments, routes, backends, // serving.go
	subscriptions, queues, jobs, // messaging.go
	databases, buckets, guards, // data.go
}

// Check returns what is wrong in an environment, nothing if all is well.
func Check(e Environment) []string {
	var wrong []string
	for _, check := range rules {
		wrong = append(wrong, check(e)...)
	}
	slices.Sort(wrong)
	return slices.Compact(wrong)
}

// findings gathers what a rule finds.
type findings []string

func (f *findings) add(r Resource, format string, arguments ...any) {
	*f = append(*f, r.Address+": "+fmt.Sprintf(format, arguments...))
}

// same compares what there is with what there is to be.
func (f *findings) same(what string, want, got []string) {
	for _, name := range got {
		if !slices.Contains(want, name) {
			*f = append(*f, fmt.Sprintf("%s %s is not in wiring.json", what, name))
		}
	}
	for _, name := range want {
		if !slices.Contains(got, name) {
			*f = append(*f, fmt.Sprintf("%s %s of wiring.json is missing", what, name))
		}
	}
	if len(got) != len(slices.Compact(slices.Sorted(slices.Values(got)))) {
		*f = append(*f, what+" twice")
	}
}

// keys returns the keys of a map in order.
func keys[K cmp.Ordered, V any](m map[K]V) []K {
	var found []K
	for key := range m {
		found = append(found, key)
	}
	slices.Sort(found)
	return found
}

// variable is the environment variable of an event function's address.
func variable(function string) string {
	return "FUNCTION_URL_" + strings.ToUpper(strings.ReplaceAll(kebab(function), "-", "_"))
}

// regions returns where HTTP functions stand, and the home region.
func (s State) regions() (serving []string, home string) {
	for _, f := range s.of("google_cloudfunctions2_function") {
		if f.block("service_config").text("ingress_settings") == "ALLOW_INTERNAL_AND_GCLB" {
			serving = append(serving, f.text("location"))
		}
	}
	slices.Sort(serving)
	if q := s.of("google_cloud_tasks_queue"); len(q) > 0 {
		home = q[0].text("location")
	}
	return slices.Compact(serving), home
}
