# Packages of the functions, and what builds them.

resource "google_storage_bucket" "packages" {
  name                        = "${var.project.id}-packages"
  location                    = upper(var.packages_location)
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false
  versioning {
    enabled = true
  }
  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      days_since_noncurrent_time = 90
      with_state                 = "ARCHIVED"
    }
  }
  depends_on = [google_project_service.api]
}

resource "google_artifact_registry_repository" "functions" {
  for_each      = var.regions
  location      = each.key
  repository_id = "functions"
  description   = "Images of the functions"
  format        = "DOCKER"
  cleanup_policies {
    id     = "keep-recent"
    action = "KEEP"
    most_recent_versions {
      keep_count = 5
    }
  }
  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      older_than = "2592000s"
    }
  }
  depends_on = [google_project_service.api]
}

resource "google_artifact_registry_repository_iam_member" "builder" {
  for_each   = google_artifact_registry_repository.functions
  location   = each.key
  repository = each.value.repository_id
  role       = "roles/artifactregistry.writer"
  member     = "serviceAccount:${local.builder}"
}

resource "google_project_iam_member" "builder_logs" {
  project = var.project.id
  role    = "roles/logging.logWriter"
  member  = "serviceAccount:${local.builder}"
}

# Cloud Functions copies a package to a bucket of its own in the region before it builds it.
resource "google_project_iam_member" "builder_reads_packages" {
  project = var.project.id
  role    = "roles/storage.objectViewer"
  member  = "serviceAccount:${local.builder}"
  condition {
    title      = "packages only"
    expression = "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-${var.project.number}-\") || resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.packages.name}\")"
  }
}
