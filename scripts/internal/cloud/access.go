package cloud

import (
	"slices"
	"strings"
)

// forbiddenKinds finds resources that replace what others granted, open objects one by one,
// or put a secret into the state.
func forbiddenKinds(e Environment) []string {
	var f findings
	for _, r := range e.State {
		for _, suffix := range []string{"_iam_policy", "_iam_binding", "_access_control", "_acl", "_account_key", "_secret_version", "_signed_url_key"} {
			if strings.HasSuffix(r.Type, suffix) {
				f.add(r, "no %s: it replaces others' grants, opens single objects, or keeps a secret in the state", r.Type)
			}
		}
	}
	return f
}

// members finds roles over everything, and what is open to everyone but functions.
func members(e Environment) []string {
	var f findings
	for _, r := range e.State {
		if slices.Contains([]string{"roles/owner", "roles/editor", "roles/viewer"}, r.text("role")) {
			f.add(r, "primitive role %s", r.text("role"))
		}
		open := r.text("member") == "allUsers" || r.text("member") == "allAuthenticatedUsers"
		if open && r.Type != "google_cloud_run_v2_service_iam_member" {
			f.add(r, "open to %s", r.text("member"))
		}
		if r.Type == "google_kms_crypto_key_iam_member" && (r.text("role") != "roles/cloudkms.cryptoKeyEncrypterDecrypter" || !strings.HasPrefix(r.text("member"), "serviceAccount:service-")) {
			f.add(r, "keys are for the service agents of Google that encrypt with them")
		}
	}
	return f
}

// callers finds functions that anyone may call past the load balancer or without a check of
// their own, and event functions that another than the invoker may call.
func callers(e Environment) []string {
	var f findings
	called := map[string]bool{}
	for _, r := range e.State.of("google_cloud_run_v2_service_iam_member") {
		called[r.text("name")+" "+r.text("location")] = true
		function, ingress := e.function(r.text("name"), r.text("location"))
		who := r.text("member")
		switch {
		case r.text("role") != "roles/run.invoker":
			f.add(r, "role %s on a function", r.text("role"))
		case function == "":
			f.add(r, "of a function that is not made here")
		case who == "allUsers":
			w := e.Wiring.Functions[function]
			if w.Trigger != "http" || w.Checks != "token" && w.Checks != "signature" {
				f.add(r, "anyone may call %s, which checks neither a token nor a signature", function)
			}
			if ingress != "ALLOW_INTERNAL_AND_GCLB" {
				f.add(r, "anyone may call %s past the load balancer: ingress %s", function, ingress)
			}
		case name(who) == invokerAccount:
			if e.Wiring.Functions[function].Trigger != "event" || ingress != "ALLOW_INTERNAL_ONLY" {
				f.add(r, "the invoker calls event functions, from within: %s, ingress %s", function, ingress)
			}
		default:
			f.add(r, "%s may call %s", who, function)
		}
	}
	for _, r := range e.State.of("google_cloudfunctions2_function") {
		if !called[r.text("name")+" "+r.text("location")] {
			f.add(r, "nobody may call it")
		}
	}
	return f
}

// function returns the function of a Cloud Run service, by its name in the code.
func (e Environment) function(service, region string) (function, ingress string) {
	for _, r := range e.State.of("google_cloudfunctions2_function") {
		if r.text("name") == service && r.text("location") == region {
			return r.block("build_config").text("entry_point"), r.block("service_config").text("ingress_settings")
		}
	}
	return "", ""
}

// rights compares what is granted with what the code needs.
func rights(e Environment) []string {
	granted, wrong := e.State.granted()
	return append(wrong, difference(Grants(e.Wiring), granted)...)
}
