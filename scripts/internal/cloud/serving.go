package cloud

import (
	"slices"
	"strings"
)

// functionsAreComplete wants each function where it belongs, once, and no other.
func functionsAreComplete(e Environment) []string {
	var f findings
	regions, home := e.State.regions()
	var want, got []string
	for name, w := range e.Wiring.Functions {
		if w.Trigger == "event" {
			want = append(want, name+" in "+home)
			continue
		}
		for _, region := range regions {
			want = append(want, name+" in "+region)
		}
	}
	accounts := map[string]string{}
	for _, r := range e.State.of("google_cloudfunctions2_function") {
		name := r.block("build_config").text("entry_point")
		got = append(got, name+" in "+r.text("location"))
		who := r.block("service_config").text("service_account_email")
		if other, ok := accounts[who]; ok && other != name || !strings.HasPrefix(who, account(name)+"@") {
			f.add(r, "runs as %s, which is not its own account", who)
		}
		accounts[who] = name
	}
	f.same("function", want, got)
	return f
}

// functionsAreBuiltAlike wants the runtime and build of docs/packaging.md and plain HTTP.
func functionsAreBuiltAlike(e Environment) []string {
	var f findings
	for _, r := range e.State.of("google_cloudfunctions2_function") {
		build, service := r.block("build_config"), r.block("service_config")
		if build.text("runtime") != "go126" {
			f.add(r, "runtime %s", build.text("runtime"))
		}
		if v := build.words("environment_variables"); v["GOFLAGS"] != "-tags=disable_grpc_modules" || v["GOOGLE_GOLDFLAGS"] != "-s -w" {
			f.add(r, "built with %v", v)
		}
		if service.yes("all_traffic_on_latest_revision") {
			f.add(r, "takes all requests to a new revision at once, past scripts/rollout")
		}
		if len(r.blocks("event_trigger")) > 0 {
			f.add(r, "has an event trigger; functions are plain HTTP")
		}
		if service.number("max_instance_count") < 1 || service.number("timeout_seconds") > 540 {
			f.add(r, "%v instances at most, %v s", service.number("max_instance_count"), service.number("timeout_seconds"))
		}
	}
	return f
}

// everyFunctionReads are the variables that any function may read (shared/platform/config).
var everyFunctionReads = []string{
	"KWIPPER_PROJECT", "KWIPPER_REGION", "KWIPPER_INSTANCE", "IDENTITY_ISSUER", "IDENTITY_AUDIENCE",
	"SERVICE_ACCOUNT_INVOKER", "MEDIA_BUCKET_TEMPLATE", "MEDIA_SIGNER_EMAIL", "RETURN_URI_ALLOWLIST", "TASK_QUEUES", "PAYMENT_QUEUE",
	"TRACES_ENDPOINT", "TRACE_SAMPLE_RATIO",
}

// environments wants in each function the variables that it reads, its secrets from Secret
// Manager, the queues in the order of the ring, and nothing of an emulator.
func environments(e Environment) []string {
	var f findings
	for _, r := range e.State.of("google_cloudfunctions2_function") {
		service := r.block("service_config")
		variables, w := service.words("environment_variables"), e.Wiring.Functions[r.block("build_config").text("entry_point")]
		for _, name := range everyFunctionReads {
			if variables[name] == "" {
				f.add(r, "%s is not set", name)
			}
		}
		for name := range variables {
			if strings.Contains(name, "EMULATOR") || slices.Contains(e.Wiring.Secrets, name) || name == "MEDIA_SIGNER_KEY" || name == "SERVICE_ISSUER" {
				f.add(r, "%s is set", name)
			}
		}
		if variables["MEDIA_HOST"] != "" && !slices.Contains(w.Secrets, "MEDIA_CDN_KEY") {
			f.add(r, "MEDIA_HOST is set, but not the key to sign with")
		}
		for other, o := range e.Wiring.Functions {
			if o.Trigger == "event" && (w.Trigger == "event" || len(w.Enqueues) > 0) && variables[variable(other)] == "" {
				f.add(r, "%s is not set", variable(other))
			}
		}
		var secrets []string
		for _, s := range service.blocks("secret_environment_variables") {
			secrets = append(secrets, s.text("key"))
		}
		f.same(r.Address+": secret", w.Secrets, secrets)
		if want := ring(e.Wiring.Queues); variables["TASK_QUEUES"] != want {
			f.add(r, "TASK_QUEUES is %s, not %s", variables["TASK_QUEUES"], want)
		}
	}
	return f
}

func ring(queues map[string]string) string {
	var names []string
	for _, name := range keys(queues) {
		if queues[name] == "ring" {
			names = append(names, name)
		}
	}
	return strings.Join(names, ",")
}

// routes wants those of the map, in its order.
func routes(e Environment) []string {
	var f findings
	backend := map[string]string{}
	for _, r := range e.State.of("google_compute_backend_service") {
		backend[r.text("id")] = r.text("name")
	}
	for _, r := range e.State.of("google_compute_url_map") {
		if r.text("name") != "api" {
			continue
		}
		var got []string
		last := -1.0
		for _, rule := range r.block("path_matcher").blocks("route_rules") {
			if rule.number("priority") <= last {
				f.add(r, "routes out of order")
			}
			last = rule.number("priority")
			for _, match := range rule.blocks("match_rules") {
				method := match.block("header_matches")
				got = append(got, strings.Join([]string{
					method.text("header_name"), method.text("exact_match"), match.text("path_template_match"), backend[rule.text("service")],
					rule.block("route_action").block("url_rewrite").text("path_template_rewrite"),
				}, " "))
			}
		}
		var want []string
		for _, path := range keys(e.Wiring.Status) {
			want = append(want, strings.Join([]string{":method", "GET", path, kebab(e.Wiring.Status[path].Function), e.Wiring.Status[path].Path}, " "))
		}
		for _, route := range e.Wiring.Routes {
			for _, method := range route.Methods {
				want = append(want, strings.Join([]string{":method", method, route.Path, kebab(route.Function), ""}, " "))
			}
		}
		if !slices.Equal(want, got) {
			f.add(r, "routes are not those of wiring.json: want %v, have %v", want, got)
		}
	}
	if len(e.State.of("google_compute_url_map")) == 0 {
		f = append(f, "no URL map")
	}
	return f
}

// backends wants the limits of the front door before each function, and all its regions behind.
func backends(e Environment) []string {
	var f findings
	regions, _ := e.State.regions()
	group := map[string]string{}
	for _, r := range e.State.of("google_compute_region_network_endpoint_group") {
		group[r.text("id")] = r.block("cloud_run").text("service") + " in " + r.text("region")
	}
	var want, got []string
	for name, w := range e.Wiring.Functions {
		for _, region := range regions {
			if w.Trigger == "http" {
				want = append(want, kebab(name)+" in "+region)
			}
		}
	}
	for _, r := range e.State.of("google_compute_backend_service") {
		if r.text("security_policy") == "" || r.text("load_balancing_scheme") != "EXTERNAL_MANAGED" {
			f.add(r, "without the limits of the front door")
		}
		for _, b := range r.blocks("backend") {
			place := group[b.text("group")]
			if !strings.HasPrefix(place, r.text("name")+" in ") {
				f.add(r, "leads to %s", place)
			}
			got = append(got, place)
		}
		if len(regions) > 1 && len(r.blocks("outlier_detection")) == 0 {
			f.add(r, "keeps sending to a region that fails")
		}
	}
	f.same("backend", want, got)
	return f
}
