output "bucket" {
  description = "Name of the country's media bucket."
  value       = google_storage_bucket.media.name
}
