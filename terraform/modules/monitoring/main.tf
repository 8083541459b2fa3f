# Metrics out of log lines, which functions write anyway: no exporter in their cold start
# (docs/adr/0013). Labels are words of ours; ids and people are in none.

locals {
  function_logs = "resource.type=\"cloud_run_revision\""

  counters = {
    "sagas_ended" = {
      description = "Sagas that have ended, by outcome"
      filter      = "jsonPayload.message=\"saga has ended\""
      labels      = { definition = "jsonPayload.definition", phase = "jsonPayload.phase", reason = "jsonPayload.reason", country = "jsonPayload.country" }
    }
    "sagas_stuck" = {
      description = "Sagas that cannot go on by themselves"
      filter      = "jsonPayload.message=\"saga is stuck\""
      labels      = { definition = "jsonPayload.definition" }
    }
    "sagas_looked_after" = {
      description = "Runs of ResumeSagas"
      filter      = "jsonPayload.message=\"looked after due sagas\""
      labels      = {}
    }
    "payments_settled" = {
      description = "Payments that have settled, by state"
      filter      = "jsonPayload.message=\"payment has settled\""
      labels      = { state = "jsonPayload.state", reason = "jsonPayload.reason", country = "jsonPayload.country" }
    }
    "refunds_settled" = {
      description = "Refunds that have settled, by state"
      filter      = "jsonPayload.message=\"refund has settled\""
      labels      = { state = "jsonPayload.state", country = "jsonPayload.country" }
    }
    "money_needs_hands" = {
      description = "Money that a person has to move: a refund that failed, a dispute"
      filter      = "jsonPayload.message=(\"the gateway could not return a payment: return it by hand\" OR \"a charge is disputed: answer it on the gateway's page\")"
      labels      = {}
    }
    "ledger_imbalances" = {
      description = "Transactions of the ledger that do not sum to zero"
      filter      = "jsonPayload.message=\"ledger imbalance\""
      labels      = { country = "jsonPayload.country" }
    }
    "events_put_away" = {
      description = "Messages and tasks that failed for good, by function and reason"
      filter      = "jsonPayload.httpRequest.status=204 AND severity=ERROR AND jsonPayload.function:*"
      labels      = { function = "jsonPayload.function", reason = "jsonPayload.reason" }
    }
  }

  distributions = {
    "saga_duration" = {
      description = "From the start of a saga to its end, in business time"
      filter      = "jsonPayload.message=\"saga has ended\""
      value       = "EXTRACT(jsonPayload.durationSeconds)"
      labels      = { definition = "jsonPayload.definition", phase = "jsonPayload.phase" }
    }
    "delivery_age" = {
      description = "How long after it was published or due a message or task was handled"
      filter      = "jsonPayload.ageSeconds>=0"
      value       = "EXTRACT(jsonPayload.ageSeconds)"
      labels      = { function = "jsonPayload.function" }
    }
  }
}

resource "google_logging_metric" "counter" {
  for_each         = local.counters
  name             = "kwipper/${each.key}"
  description      = each.value.description
  filter           = "${local.function_logs} AND ${each.value.filter}"
  label_extractors = { for label, field in each.value.labels : label => "EXTRACT(${field})" }
  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    dynamic "labels" {
      for_each = each.value.labels
      content {
        key        = labels.key
        value_type = "STRING"
      }
    }
  }
}

resource "google_logging_metric" "distribution" {
  for_each         = local.distributions
  name             = "kwipper/${each.key}"
  description      = each.value.description
  filter           = "${local.function_logs} AND ${each.value.filter}"
  value_extractor  = each.value.value
  label_extractors = { for label, field in each.value.labels : label => "EXTRACT(${field})" }
  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = "s"
    dynamic "labels" {
      for_each = each.value.labels
      content {
        key        = labels.key
        value_type = "STRING"
      }
    }
  }
  bucket_options {
    exponential_buckets { # 10 ms to about 11 days
      num_finite_buckets = 34
      growth_factor      = 1.8
      scale              = 0.01
    }
  }
}
