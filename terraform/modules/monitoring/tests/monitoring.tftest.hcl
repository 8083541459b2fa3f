mock_provider "google" {
  source = "../../testing/mocks"
}

variables {
  project                   = { id = "kwipper-test", number = "1" }
  runbooks_url              = "https://example.com/runbooks"
  email_addresses           = ["oncall@kwipper.example"]
  dead_letter_subscriptions = ["billing-commands-dead.keep", "saga-replies-dead.keep"]
  services                  = ["billing", "user"]
  status_host               = "api.kwipper.example"
}

run "planned" {
  command = plan
  assert {
    condition     = alltrue([for name, alert in google_monitoring_alert_policy.alert : strcontains(alert.documentation[0].content, "https://example.com/runbooks/${name}.md")])
    error_message = "An alert does not lead to its runbook."
  }
  assert {
    condition     = alltrue([for s in var.dead_letter_subscriptions : strcontains(output.queries["dead-letters"], s)])
    error_message = "Dead letters of a subscription raise no alarm."
  }
  assert {
    condition     = alltrue([for metric in google_logging_metric.counter : length(setintersection(keys(metric.label_extractors), ["user", "saga", "payment", "transaction"])) == 0])
    error_message = "A metric is labelled by ids."
  }
  assert {
    condition     = google_monitoring_uptime_check_config.status["billing"].http_check[0].path == "/status/billing"
    error_message = "The status page is not checked."
  }
}

run "applied" {
  command = apply
  assert {
    condition     = alltrue([for alert in google_monitoring_alert_policy.alert : length(alert.notification_channels) == 1])
    error_message = "An alert tells nobody."
  }
  assert {
    condition     = length(output.alerts) == length(google_monitoring_alert_policy.alert)
    error_message = "Not all alerts are named."
  }
}

run "unwatched_from_outside" {
  command = plan
  variables {
    status_host = null
  }
  assert {
    condition     = length(google_monitoring_uptime_check_config.status) == 0
    error_message = "It is checked although nobody asked for it."
  }
}

run "ratio_beyond_one" {
  command = plan
  variables {
    thresholds = { front_door_error_ratio = 2 }
  }
  expect_failures = [var.thresholds]
}

run "runbooks_not_readable" {
  command = plan
  variables {
    runbooks_url = "docs/runbooks"
  }
  expect_failures = [var.runbooks_url]
}
