output "deployed" {
  description = "Name of the function's Cloud Run service in each region, once it stands there."
  value       = { for region, function in google_cloudfunctions2_function.function : region => function.name }
}
