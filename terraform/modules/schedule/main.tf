# Queues of the ring and what is scheduled, in the home region.

locals {
  ring = [for name, kind in var.queues : name if kind == "ring"]
  # Shares add up to the rate that is borne.
  per_second = {
    ring   = var.renewals_per_second / max(1, length(local.ring))
    single = var.payment_retries_per_second
  }
}

resource "google_cloud_tasks_queue" "queue" {
  for_each      = var.queues
  name          = each.key
  location      = var.region
  desired_state = var.paused ? "PAUSED" : "RUNNING"

  rate_limits {
    max_dispatches_per_second = local.per_second[each.value]
    # A renewal starts a saga and answers within a second; twice the rate leaves room for slow ones.
    max_concurrent_dispatches = min(5000, ceil(2 * local.per_second[each.value]))
  }
  # Attempts end when both are reached. What will never succeed, functions acknowledge.
  retry_config {
    max_attempts       = 100
    max_retry_duration = "86400s"
    min_backoff        = "1s"
    max_backoff        = "300s"
    max_doublings      = 8
  }
  stackdriver_logging_config {
    sampling_ratio = 0.01
  }

  lifecycle {
    precondition {
      condition     = local.per_second[each.value] <= 500
      error_message = "Queue ${each.key} would dispatch ${local.per_second[each.value]} a second; 500 is the most that a queue does. Add queues to topology.RenewalQueues or lower renewals_per_second."
    }
  }
}

resource "google_cloud_scheduler_job" "job" {
  for_each         = var.jobs
  name             = trimprefix(lower(replace(each.key, "/([A-Z])/", "-$1")), "-")
  region           = var.region
  description      = "Calls ${each.key}"
  schedule         = each.value.cron
  time_zone        = "Etc/UTC"
  attempt_deadline = "${each.value.timeout_seconds}s"
  paused           = var.paused

  http_target {
    http_method = "POST"
    uri         = each.value.url
    oidc_token {
      service_account_email = var.invoker
      audience              = each.value.url
    }
  }
  retry_config {
    retry_count          = 3
    min_backoff_duration = "5s"
    max_backoff_duration = "60s"
  }
}
