output "accounts" {
  description = "E-mail addresses of the accounts that deliver."
  value       = local.emails
}

output "plans_bucket" {
  description = "Where plans of pull requests are kept for 30 days."
  value       = google_storage_bucket.plans.name
}
