# What all services stand on: APIs, accounts, the Spanner instance, secrets, packages.

locals {
  apis = [
    "artifactregistry", "billingbudgets", "certificatemanager", "cloudbuild", "cloudfunctions", "cloudkms",
    "cloudresourcemanager", "cloudscheduler", "cloudtasks", "cloudtrace", "compute", "iam", "iamcredentials",
    "identitytoolkit", "logging", "monitoring", "pubsub", "run", "secretmanager", "spanner", "storage",
    "telemetry",
  ]
  invoker = "${google_service_account.account["invoker"].account_id}@${var.project.id}.iam.gserviceaccount.com"
  signer  = "${google_service_account.account["media-signer"].account_id}@${var.project.id}.iam.gserviceaccount.com"
  builder = "${google_service_account.account["function-builder"].account_id}@${var.project.id}.iam.gserviceaccount.com"
}

resource "google_project_service" "api" {
  for_each           = toset(local.apis)
  service            = "${each.key}.googleapis.com"
  disable_on_destroy = false
}

resource "google_service_account" "account" {
  for_each = {
    invoker          = "The only one that may call event functions"
    media-signer     = "Signs URLs of media"
    function-builder = "Builds functions"
  }
  account_id   = each.key
  display_name = each.value
  depends_on   = [google_project_service.api]
}

# Pub/Sub makes the invoker's tokens for what it pushes.
resource "google_service_account_iam_member" "pubsub_as_invoker" {
  service_account_id = "projects/${var.project.id}/serviceAccounts/${local.invoker}"
  role               = "roles/iam.serviceAccountOpenIdTokenCreator"
  member             = "serviceAccount:service-${var.project.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
  depends_on         = [google_project_service.api]
}

# Roles of one permission each, where Google's own allow more than a function needs.
resource "google_project_iam_custom_role" "role" {
  for_each = {
    objects_create = { title = "Put new objects", permissions = ["storage.objects.create"] }
    objects_read   = { title = "Get objects", permissions = ["storage.objects.get"] }
    objects_delete = { title = "Delete objects", permissions = ["storage.objects.delete"] }
    sign           = { title = "Sign as an account", permissions = ["iam.serviceAccounts.signBlob"] }
    claims         = { title = "Set claims of users", permissions = ["firebaseauth.users.update"] }
  }
  role_id     = "kwipper_${each.key}"
  title       = "Kwipper: ${each.value.title}"
  permissions = each.value.permissions
  depends_on  = [google_project_service.api]
}

resource "google_spanner_instance" "kwipper" {
  name                         = "kwipper"
  display_name                 = "Kwipper"
  config                       = var.spanner.config
  edition                      = var.spanner.edition
  processing_units             = var.spanner.processing_units
  default_backup_schedule_type = "NONE" # modules/service has one for each database
  force_destroy                = false
  deletion_policy              = var.spanner.protected ? "PREVENT" : "DELETE"

  dynamic "autoscaling_config" {
    for_each = var.spanner.autoscaling == null ? [] : [var.spanner.autoscaling]
    content {
      autoscaling_limits {
        min_processing_units = autoscaling_config.value.min_units
        max_processing_units = autoscaling_config.value.max_units
      }
      autoscaling_targets {
        high_priority_cpu_utilization_percent = autoscaling_config.value.cpu_percent
        storage_utilization_percent           = autoscaling_config.value.storage_percent
      }
    }
  }

  depends_on = [google_project_service.api]
  lifecycle {
    prevent_destroy = true
  }
}

# Secrets without values: what is not known here cannot lie in the state.
resource "google_secret_manager_secret" "secret" {
  for_each            = toset(var.secrets)
  secret_id           = lower(replace(each.key, "_", "-"))
  version_destroy_ttl = "604800s"
  deletion_protection = var.spanner.protected
  replication {
    user_managed {
      dynamic "replicas" {
        for_each = var.regions
        content {
          location = replicas.value
          dynamic "customer_managed_encryption" {
            for_each = var.cmek ? [google_kms_crypto_key.data[replicas.value].id] : []
            content {
              kms_key_name = customer_managed_encryption.value
            }
          }
        }
      }
    }
  }
  depends_on = [google_project_service.api, google_kms_crypto_key_iam_member.data]
}

data "google_storage_project_service_account" "agent" {
  project = var.project.id
}
