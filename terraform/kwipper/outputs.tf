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
