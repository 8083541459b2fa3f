output "instance" {
  description = "Name of the Spanner instance."
  value       = google_spanner_instance.kwipper.name
}

output "invoker" {
  description = "E-mail address of the account that calls event functions."
  value       = local.invoker
}

output "signer" {
  description = "E-mail address of the account that signs URLs of media."
  value       = local.signer
}

output "build" {
  description = "The account that builds functions, and their image repository in each region."
  value = {
    account      = "projects/${var.project.id}/serviceAccounts/${local.builder}"
    repositories = { for region, repository in google_artifact_registry_repository.functions : region => "projects/${var.project.id}/locations/${region}/repositories/${repository.repository_id}" }
  }
}

output "packages_bucket" {
  description = "Bucket of the functions' packages."
  value       = google_storage_bucket.packages.name
}

output "roles" {
  description = "Kwipper's own roles, by right."
  value       = { for right, role in google_project_iam_custom_role.role : right => "projects/${var.project.id}/roles/${role.role_id}" }
}

output "secrets" {
  description = "Ids of the secrets, by environment variable."
  value       = { for variable, secret in google_secret_manager_secret.secret : variable => secret.secret_id }
}

output "storage_agent" {
  description = "E-mail address of Cloud Storage's own account."
  value       = data.google_storage_project_service_account.agent.email_address
}

output "spanner_kms_keys" {
  description = "Keys for databases; none without cmek."
  value       = var.cmek ? [for location in var.spanner.kms_locations : google_kms_crypto_key.data[lower(location)].id] : []
}

output "bucket_kms_keys" {
  description = "Key of each location, lower case; none without cmek."
  value       = { for location, key in google_kms_crypto_key.data : location => key.id }
}
