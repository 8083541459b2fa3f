package cloud

import "regexp"

// subscriptions wants each push with its dead letter, its token, and no expiry, and a keeper
// of each dead-letter topic.
func subscriptions(e Environment) []string {
	var f findings
	topic := map[string]string{}
	var topics, want []string
	for _, r := range e.State.of("google_pubsub_topic") {
		topic[r.text("id")] = r.text("name")
		topics = append(topics, r.text("name"))
	}
	dead := map[string]bool{}
	for _, p := range e.Wiring.Pushes {
		dead[p.DeadLetter] = true
	}
	f.same("topic", append(want, append(keys(dead), e.Wiring.Topics...)...), topics)

	kept := map[string]bool{}
	var got []string
	for _, r := range e.State.of("google_pubsub_subscription") {
		if policies := r.blocks("expiration_policy"); len(policies) != 1 || policies[0].text("ttl") != "" {
			f.add(r, "expires when nothing comes for a month")
		}
		push := r.block("push_config")
		if push.Values == nil {
			kept[topic[r.text("topic")]] = true
			continue
		}
		got = append(got, r.text("name"))
		p := e.Wiring.Pushes[r.text("name")]
		letter := r.block("dead_letter_policy")
		if topic[letter.text("dead_letter_topic")] != p.DeadLetter || letter.number("max_delivery_attempts") < 5 {
			f.add(r, "has not the dead-letter topic %s", p.DeadLetter)
		}
		if topic[r.text("topic")] != p.Topic || r.text("filter") != p.Filter {
			f.add(r, "is of topic %s with filter %q", topic[r.text("topic")], r.text("filter"))
		}
		e.checkCall(&f, r, p.Function, push.text("push_endpoint"), push.block("oidc_token"))
		if r.number("ack_deadline_seconds") <= e.timeoutSeconds(p.Function) {
			f.add(r, "is delivered again while %s may still handle it", p.Function)
		}
	}
	f.same("subscription", keys(e.Wiring.Pushes), got)
	for name := range dead {
		if !kept[name] {
			f = append(f, "topic "+name+": nothing keeps the dead letters")
		}
	}
	return f
}

// checkCall wants a call of an event function to go to the address that the function itself
// takes for its own, as the invoker.
func (e Environment) checkCall(f *findings, r Resource, function, url string, token Resource) {
	own, place := "", ""
	for _, c := range e.State.of("google_cloudfunctions2_function") {
		if c.block("build_config").text("entry_point") == function {
			own = c.block("service_config").words("environment_variables")[variable(function)]
			place = c.text("location")
		}
	}
	// Cloud Run's address that is known beforehand: service, number of the project, region.
	given := regexp.MustCompile("^https://" + kebab(function) + "-[0-9]+\\." + regexp.QuoteMeta(place) + "\\.run\\.app$")
	if !given.MatchString(own) {
		f.add(r, "%s takes %s for its address, which Cloud Run does not give it", function, own)
	}
	if url != own || token.text("audience") != own {
		f.add(r, "calls %s for audience %s, but %s expects %s", url, token.text("audience"), function, own)
	}
	if name(token.text("service_account_email")) != invokerAccount {
		f.add(r, "calls as %s", token.text("service_account_email"))
	}
}

func (e Environment) timeoutSeconds(function string) float64 {
	for _, r := range e.State.of("google_cloudfunctions2_function") {
		if r.block("build_config").text("entry_point") == function {
			return r.block("service_config").number("timeout_seconds")
		}
	}
	return 0
}

// queues wants those of the map, none faster than a queue can be.
func queues(e Environment) []string {
	var f findings
	var got []string
	for _, r := range e.State.of("google_cloud_tasks_queue") {
		got = append(got, r.text("name"))
		limits := r.block("rate_limits")
		if rate := limits.number("max_dispatches_per_second"); rate <= 0 || rate > 500 || limits.number("max_concurrent_dispatches") < 1 {
			f.add(r, "dispatches %v a second", rate)
		}
	}
	f.same("queue", keys(e.Wiring.Queues), got)
	return f
}

// jobs wants those of the map.
func jobs(e Environment) []string {
	var f findings
	byName := map[string]string{}
	for function := range e.Wiring.Jobs {
		byName[kebab(function)] = function
	}
	var got []string
	for _, r := range e.State.of("google_cloud_scheduler_job") {
		got = append(got, r.text("name"))
		function := byName[r.text("name")]
		if r.text("schedule") != e.Wiring.Jobs[function].Cron || r.text("time_zone") != "Etc/UTC" {
			f.add(r, "is scheduled %s %s", r.text("schedule"), r.text("time_zone"))
		}
		target := r.block("http_target")
		e.checkCall(&f, r, function, target.text("uri"), target.block("oidc_token"))
	}
	f.same("job", keys(byName), got)
	return f
}
