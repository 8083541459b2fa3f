# One function in all its regions: source, identity, trigger, rights, scaling, secrets.

locals {
  public = var.wiring.trigger == "http"
  member = "serviceAccount:${var.account}"
}

resource "google_storage_bucket_object" "source" {
  bucket       = var.source_code.bucket
  name         = "functions/${basename(var.source_code.zip)}"
  source       = var.source_code.zip
  content_type = "application/zip"
}

resource "google_cloudfunctions2_function" "function" {
  for_each    = var.regions
  name        = var.service_name
  location    = each.key
  description = "${var.name} of service ${var.wiring.service}"
  labels      = { service = var.wiring.service, trigger = var.wiring.trigger }

  build_config {
    runtime     = "go126"
    entry_point = var.name
    environment_variables = {
      GOFLAGS          = "-tags=disable_grpc_modules" # of the storage client; docs/packaging.md
      GOOGLE_GOLDFLAGS = "-s -w"
    }
    service_account   = var.build.account
    docker_repository = var.build.repositories[each.key]
    automatic_update_policy {}
    source {
      storage_source {
        bucket = var.source_code.bucket
        object = google_storage_bucket_object.source.name
      }
    }
  }

  service_config {
    service_account_email            = var.account
    ingress_settings                 = local.public ? "ALLOW_INTERNAL_AND_GCLB" : "ALLOW_INTERNAL_ONLY"
    available_cpu                    = var.scaling.cpu
    available_memory                 = var.scaling.memory
    max_instance_request_concurrency = var.scaling.concurrency
    min_instance_count               = var.scaling.min_instances
    max_instance_count               = var.scaling.max_instances
    timeout_seconds                  = var.scaling.timeout_seconds
    environment_variables            = var.environment
    # A new revision gets requests from scripts/rollout, which pins the one before: docs/adr/0015.
    all_traffic_on_latest_revision = false

    dynamic "secret_environment_variables" {
      for_each = toset(var.wiring.secrets)
      content {
        key        = secret_environment_variables.key
        project_id = var.project
        secret     = var.secrets.ids[secret_environment_variables.key]
        version    = lookup(var.secrets.versions, secret_environment_variables.key, "latest")
      }
    }
  }

  # A revision starts only if it may read its secrets.
  depends_on = [google_secret_manager_secret_iam_member.reads]
}
