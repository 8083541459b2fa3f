# Topics, pushes to the service's functions, and what becomes of what cannot be delivered.

locals {
  topics = toset(concat(keys(var.topics), values(var.topics)))
  agent  = "serviceAccount:service-${var.project.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_pubsub_topic" "topic" {
  for_each = local.topics
  name     = each.key
  dynamic "message_storage_policy" {
    for_each = length(var.persistence_regions) > 0 ? [1] : []
    content {
      allowed_persistence_regions = var.persistence_regions
    }
  }
}

resource "google_pubsub_subscription" "push" {
  for_each                   = var.pushes
  name                       = each.key
  topic                      = google_pubsub_topic.topic[each.value.topic].id
  filter                     = each.value.filter
  ack_deadline_seconds       = var.push.ack_deadline_seconds
  message_retention_duration = "${var.push.retention_days * 86400}s"

  expiration_policy {
    ttl = "" # never
  }
  push_config {
    push_endpoint = each.value.url
    oidc_token {
      service_account_email = var.invoker
      audience              = each.value.url
    }
  }
  retry_policy {
    minimum_backoff = var.push.minimum_backoff
    maximum_backoff = var.push.maximum_backoff
  }
  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.topic[each.value.dead_letter].id
    max_delivery_attempts = var.push.attempts
  }
}

# Keeps dead letters until someone looks: docs/runbooks. A topic without a subscription loses them.
resource "google_pubsub_subscription" "dead" {
  for_each                   = toset(values(var.topics))
  name                       = "${each.key}.keep"
  topic                      = google_pubsub_topic.topic[each.key].id
  message_retention_duration = "604800s"
  expiration_policy {
    ttl = ""
  }
}

# Pub/Sub itself moves dead letters: it publishes them and acknowledges the original.
resource "google_pubsub_topic_iam_member" "agent" {
  for_each = toset(values(var.topics))
  topic    = google_pubsub_topic.topic[each.key].id
  role     = "roles/pubsub.publisher"
  member   = local.agent
}

resource "google_pubsub_subscription_iam_member" "agent" {
  for_each     = google_pubsub_subscription.push
  subscription = each.value.id
  role         = "roles/pubsub.subscriber"
  member       = local.agent
}
