mock_provider "google" {
  source = "../../testing/mocks"
}

variables {
  project = { id = "kwipper-test", number = "123456789012" }
  domains = { api = "api.kwipper.example", media = "media.kwipper.example" }
  functions = {
    GetUser   = { asia-northeast1 = "get-user", asia-southeast2 = "get-user" }
    GrantRole = { asia-northeast1 = "grant-role", asia-southeast2 = "grant-role" }
  }
  routes = [
    { function = "GrantRole", methods = ["POST", "OPTIONS"], path = "/v1/users/*:grantRole" },
    { function = "GetUser", methods = ["GET", "OPTIONS"], path = "/v1/users/*" },
  ]
  fallback         = "GetUser"
  buckets          = { id = "kwipper-test-media-id", jp = "kwipper-test-media-jp" }
  media_keys_added = true
  protection       = { requests_per_minute = 600, ban_requests_per_minute = 6000, webhooks_per_minute = 6000, body_bytes = 1048576, waf_blocks = false, adaptive = true }
  log_sample_rate  = 0.1
}

run "planned" {
  command = plan
  assert {
    condition     = length(google_compute_region_network_endpoint_group.function) == 4
    error_message = "A function is missing in a region."
  }
  assert {
    condition     = alltrue([for rule in google_compute_security_policy.api.rule : rule.preview if startswith(rule.description, "Known attacks")])
    error_message = "Rules block that are to be tried first."
  }
  assert {
    condition     = one([for rule in google_compute_security_policy.api.rule : rule if rule.priority == 3000]).rate_limit_options[0].rate_limit_threshold[0].count == 600
    error_message = "One address may send more than it should."
  }
  assert {
    condition     = google_compute_target_https_proxy.api.name == "api" && google_compute_url_map.redirect.default_url_redirect[0].https_redirect
    error_message = "Requests without TLS are answered."
  }
}

run "applied" {
  command = apply
  assert {
    condition     = google_compute_url_map.api.default_service == google_compute_backend_service.function["GetUser"].id
    error_message = "What no route fits is not answered in the API's shape."
  }
  assert {
    condition     = google_compute_url_map.api.path_matcher[0].route_rules[0].match_rules[1].header_matches[0].exact_match == "OPTIONS"
    error_message = "A browser's preflight is not routed."
  }
  assert {
    condition     = length(google_compute_backend_service.function["GetUser"].backend) == 2 && length(google_compute_backend_service.function["GetUser"].outlier_detection) == 1
    error_message = "A function that fails in one region is not served by the other."
  }
  assert {
    condition     = google_storage_bucket_iam_member.cdn["jp"].member == "serviceAccount:service-123456789012@cloud-cdn-fill.iam.gserviceaccount.com"
    error_message = "The CDN cannot read."
  }
  assert {
    condition = [for rule in google_compute_url_map.api.path_matcher[1].route_rules : { to = rule.service, from = rule.match_rules[0].prefix_match, kept = length(rule.route_action) == 0 }] == [
      for country in ["id", "jp"] : { to = google_compute_backend_bucket.media[country].id, from = "/${country}-", kept = true }
    ]
    error_message = "The name of an object does not lead to its country's bucket as it was signed."
  }
  assert {
    condition     = toset(keys(google_compute_global_forwarding_rule.https)) == toset(["v4", "v6"])
    error_message = "An address is missing."
  }
}

run "before_signing_keys_were_added" {
  command = plan
  variables {
    media_keys_added = false
  }
  assert {
    condition     = length(google_storage_bucket_iam_member.cdn) == 0
    error_message = "An account is let in that does not exist yet."
  }
}

run "a_route_to_nowhere" {
  command = plan
  variables {
    routes = [
      { function = "GrantRole", methods = ["POST"], path = "/v1/users/*:grantRole" },
      { function = "GetUser", methods = ["GET"], path = "/v1/users" },
      { function = "GetUser", methods = ["GET"], path = "/users/*" },
    ]
  }
  expect_failures = [var.routes]
}

run "a_function_that_no_route_leads_to" {
  command = plan
  variables {
    routes = [{ function = "GetUser", methods = ["GET"], path = "/v1/users/*" }]
  }
  expect_failures = [google_compute_url_map.api]
}

run "regions_that_differ" {
  command = plan
  variables {
    functions = { GetUser = { asia-northeast1 = "get-user" }, GrantRole = { asia-southeast2 = "grant-role" } }
  }
  expect_failures = [var.functions]
}
