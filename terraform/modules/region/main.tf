# What stands in one country: the bucket of its media.

resource "google_storage_bucket" "media" {
  name                        = var.bucket
  location                    = upper(var.residency.location)
  storage_class               = "STANDARD"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false
  rpo                         = var.residency.turbo ? "ASYNC_TURBO" : null
  labels                      = { country = var.country }

  dynamic "custom_placement_config" {
    for_each = length(var.residency.data_locations) > 0 ? [1] : []
    content {
      data_locations = [for region in var.residency.data_locations : upper(region)]
    }
  }
  dynamic "encryption" {
    for_each = var.kms_key == null ? [] : [var.kms_key]
    content {
      default_kms_key_name = encryption.value
    }
  }

  versioning {
    enabled = true
  }
  soft_delete_policy {
    retention_duration_seconds = var.retention.soft_delete_days * 86400
  }
  # Upload sessions end by themselves after a week; parts of multi-part uploads do not.
  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }
    condition {
      age = 7
    }
  }
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = var.retention.noncurrent_days
      with_state                 = "ARCHIVED"
    }
  }

  dynamic "cors" {
    for_each = length(var.front_end_origins) > 0 ? [1] : []
    content {
      origin = var.front_end_origins
      method = ["GET", "HEAD", "PUT", "POST"]
      response_header = [
        "Content-Type", "Content-Range", "Content-Disposition", "ETag", "Location", "Range",
        "x-goog-resumable", "x-goog-content-length-range", "x-goog-hash", "x-goog-if-generation-match",
      ]
      max_age_seconds = 3600
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_storage_notification" "uploads" {
  bucket         = google_storage_bucket.media.name
  topic          = var.topic
  payload_format = "JSON_API_V1"
  event_types    = ["OBJECT_FINALIZE"]
}

# A signed URL may do what its signer may: get objects, neither put nor list nor delete them.
resource "google_storage_bucket_iam_member" "signer" {
  for_each = var.signer.roles
  bucket   = google_storage_bucket.media.name
  role     = each.value
  member   = "serviceAccount:${var.signer.email}"
}
