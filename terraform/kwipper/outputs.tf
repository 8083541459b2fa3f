output "api_url" {
  description = "Address of the API."
  value       = "https://${var.domains.api}"
}

output "addresses" {
  description = "A and AAAA records of both host names."
  value       = module.api.addresses
}

output "dns_records" {
  description = "CNAME records by which the certificates prove ownership."
  value       = module.api.dns_records
}

output "functions" {
  description = "Function -> name of its Cloud Run services, account, regions, and the address of event functions."
  value = {
    for name, function in module.function : name => {
      service_name = local.service_names[name]
      account      = local.accounts[name]
      regions      = keys(function.deployed)
      url          = lookup(local.event_urls, name, null)
    }
  }
}

output "rollout" {
  description = "What scripts/rollout goes by: services, steps, and the alerts that it watches, by the same queries."
  value = {
    project = var.project
    bucket  = module.platform.packages_bucket
    services = {
      for name, function in module.function : local.service_names[name] => {
        event   = local.wiring.functions[name].trigger == "event"
        regions = keys(function.deployed)
      }
    }
    steps = var.rollout.steps
    limits = {
      error_ratio      = module.monitoring.thresholds.front_door_error_ratio
      latency_seconds  = module.monitoring.thresholds.front_door_latency_seconds
      minimum_requests = var.rollout.minimum_requests
      watch_seconds    = var.rollout.watch_seconds
      hold_seconds     = var.rollout.hold_seconds
    }
    alerts = { for name in ["front-door-errors", "front-door-latency", "stuck-sagas", "ledger-imbalance"] : name => module.monitoring.queries[name] }
  }
}

output "instance" {
  description = "The Spanner instance that holds the databases: where scripts/migrate finds them."
  value       = "projects/${var.project}/instances/${module.platform.instance}"
}

output "databases" {
  description = "The databases."
  value       = sort([for service in module.service : service.database])
}

output "secrets" {
  description = "Secrets whose values are to be added, by environment variable."
  value       = module.platform.secrets
}

output "buckets" {
  description = "Media buckets by country."
  value       = { for country, region in module.region : country => region.bucket }
}

output "media_backend_buckets" {
  description = "The CDN's buckets by country, to which signing keys are added."
  value       = module.api.backend_buckets
}

output "dead_letter_subscriptions" {
  description = "Subscriptions that keep dead letters."
  value       = sort(flatten([for service in module.service : service.dead_letter_subscriptions]))
}

output "queues" {
  description = "Task queues."
  value       = keys(module.schedule.queues)
}

output "ring_per_second" {
  description = "Renewals that the ring dispatches a second."
  value       = module.schedule.ring_per_second
}

output "webhook_url" {
  description = "Where the payment gateway is to send its events."
  value       = "https://${var.domains.api}/v1/webhooks/stripe"
}
