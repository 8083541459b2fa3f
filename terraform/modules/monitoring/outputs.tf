output "alerts" {
  description = "Names of the alerts, which are those of their runbooks."
  value       = toset(keys(local.alerts))
}

output "thresholds" {
  description = "When alerts fire."
  value       = var.thresholds
}

output "queries" {
  description = "What each alert evaluates."
  value       = { for name, alert in local.alerts : name => alert.query }
}
