# The CDN over the media buckets. It answers only what carries a valid signature of a key that
# is added by hand (README): a key given to Terraform would lie in its state.

resource "google_compute_backend_bucket" "media" {
  for_each    = var.buckets
  name        = "media-${each.key}"
  bucket_name = each.value
  enable_cdn  = true
  # What tutors uploaded is what they said it was, or nothing.
  custom_response_headers = ["X-Content-Type-Options: nosniff"]
  cdn_policy {
    cache_mode                   = "FORCE_CACHE_ALL"
    default_ttl                  = 86400
    client_ttl                   = 3600
    signed_url_cache_max_age_sec = 86400
    serve_while_stale            = 0
    negative_caching             = false
    request_coalescing           = true
  }
}

# Exists once the first key was added.
resource "google_storage_bucket_iam_member" "cdn" {
  for_each = var.media_keys_added ? var.buckets : {}
  bucket   = each.value
  role     = "roles/storage.objectViewer"
  member   = "serviceAccount:service-${var.project.number}@cloud-cdn-fill.iam.gserviceaccount.com"
}
