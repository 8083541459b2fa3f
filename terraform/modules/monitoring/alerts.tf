# Each alert has a runbook of its name in docs/runbooks; a test holds the two together.

locals {
  counted = { for name in keys(local.counters) : name => "logging_googleapis_com:user_kwipper_${name}" }
  front   = "loadbalancing_googleapis_com:https"

  alerts = {
    "dead-letters" = {
      severity = "ERROR"
      title    = "Messages could not be delivered"
      query = join(" or ", [for s in sort(tolist(var.dead_letter_subscriptions)) :
      "max_over_time(pubsub_googleapis_com:subscription_num_undelivered_messages{subscription_id=\"${s}\"}[5m]) > 0"])
      duration = "0s"
    }
    "stuck-sagas" = {
      severity = "CRITICAL"
      title    = "Sagas cannot go on by themselves"
      query    = "sum by (definition) (increase(${local.counted["sagas_stuck"]}[10m])) > 0"
      duration = "0s"
    }
    "sagas-not-looked-after" = {
      severity = "CRITICAL"
      title    = "ResumeSagas does not run"
      query    = "absent_over_time(${local.counted["sagas_looked_after"]}[10m]) == 1 or sum(increase(${local.counted["sagas_looked_after"]}[10m])) == 0"
      duration = "300s"
    }
    "failing-renewals" = {
      severity = "ERROR"
      title    = "Renewals fail for other reasons than the learner's card"
      query = join(" / ", [
        "sum(increase(${local.counted["sagas_ended"]}{definition=\"renew\",phase=\"FAILED\",reason!~\"CARD_.*|INSUFFICIENT_FUNDS|AUTHENTICATION_.*|PAYMENT_METHOD_.*|SUBSCRIPTION_.*\"}[30m]))",
        "(sum(increase(${local.counted["sagas_ended"]}{definition=\"renew\"}[30m])) > 20) > ${var.thresholds.renewal_failure_ratio}",
      ])
      duration = "300s"
    }
    "ledger-imbalance" = {
      severity = "CRITICAL"
      title    = "The ledger does not balance"
      query    = "sum(increase(${local.counted["ledger_imbalances"]}[10m])) > 0"
      duration = "0s"
    }
    "money-needs-hands" = {
      severity = "ERROR"
      title    = "Money waits for a person to move it"
      query    = "sum(increase(${local.counted["money_needs_hands"]}[10m])) > 0"
      duration = "0s"
    }
    "late-deliveries" = {
      severity = "WARNING"
      title    = "Messages or tasks are handled late"
      query    = "histogram_quantile(0.95, sum by (function, le) (increase(logging_googleapis_com:user_kwipper_delivery_age_bucket[10m]))) > ${var.thresholds.delivery_age_seconds}"
      duration = "600s"
    }
    "front-door-errors" = {
      severity = "CRITICAL"
      title    = "The API answers errors of its own"
      query = join(" / ", [
        "sum(rate(${local.front}_request_count{response_code_class=\"500\"}[5m]))",
        "(sum(rate(${local.front}_request_count[5m])) > 0.1) > ${var.thresholds.front_door_error_ratio}",
      ])
      duration = "300s"
    }
    "front-door-latency" = {
      severity = "WARNING"
      title    = "The API is slow"
      query    = "histogram_quantile(0.99, sum by (le) (rate(${local.front}_backend_latencies_bucket[5m]))) > ${var.thresholds.front_door_latency_seconds * 1000}"
      duration = "600s"
    }
  }
}

resource "google_monitoring_notification_channel" "email" {
  for_each     = var.email_addresses
  display_name = "Kwipper: ${each.key}"
  type         = "email"
  labels       = { email_address = each.key }
}

resource "google_monitoring_alert_policy" "alert" {
  for_each              = local.alerts
  display_name          = each.value.title
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]
  user_labels           = { runbook = each.key }

  documentation {
    mime_type = "text/markdown"
    content   = "Runbook: [${each.key}](${var.runbooks_url}/${each.key}.md)"
  }
  conditions {
    display_name = each.value.title
    condition_prometheus_query_language {
      query                     = each.value.query
      duration                  = each.value.duration
      evaluation_interval       = "60s"
      disable_metric_validation = true # metrics appear with their first line
    }
  }
  alert_strategy {
    auto_close = "86400s"
  }
  depends_on = [google_logging_metric.counter, google_logging_metric.distribution]
}

# The front door, asked from outside as people do.
resource "google_monitoring_uptime_check_config" "status" {
  for_each     = var.status_host == null ? toset([]) : var.services
  display_name = "Kwipper: ${each.key}"
  timeout      = "10s"
  period       = "60s"
  http_check {
    path         = "/status/${each.key}"
    port         = 443
    use_ssl      = true
    validate_ssl = true
  }
  monitored_resource {
    type   = "uptime_url"
    labels = { project_id = var.project.id, host = var.status_host }
  }
}
