output "accounts" {
  description = "E-mail addresses of the accounts that deliver."
  value       = module.delivery.accounts
}

output "plans_bucket" {
  description = "Where plans of pull requests are kept for 30 days."
  value       = module.delivery.plans_bucket
}
