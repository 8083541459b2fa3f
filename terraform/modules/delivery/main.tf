# What delivers an environment: accounts without keys, and the triggers of Cloud Build that run as
# them. A person applies it (terraform/delivery), so that what deploys does not grant itself anything.

locals {
  roles  = jsondecode(file("${path.module}/roles.json"))
  emails = { for name, account in google_service_account.account : name => "${account.account_id}@${var.project.id}.iam.gserviceaccount.com" }
  # What modules/function and modules/platform grant over the whole project: nothing else can be granted by the deployer.
  grantable = concat(
    ["roles/telemetry.tracesWriter", "roles/serviceusage.serviceUsageConsumer", "roles/logging.logWriter", "roles/storage.objectViewer"],
    ["projects/${var.project.id}/roles/kwipper_claims"],
  )
}

resource "google_service_account" "account" {
  for_each     = local.roles
  account_id   = each.key
  display_name = { deployer = "Applies what is on the main branch", planner = "Reads, for plans of pull requests", migrator = "Changes schemas when a person starts it" }[each.key]
}

resource "google_project_iam_member" "role" {
  for_each = merge([for name, roles in local.roles : { for role in keys(roles) : "${name} ${role}" => { account = name, role = role } }]...)
  project  = var.project.id
  role     = each.value.role
  member   = "serviceAccount:${local.emails[each.value.account]}"
}

# The deployer gives functions the few roles that are over the whole project, and no others.
resource "google_project_iam_member" "grants" {
  project = var.project.id
  role    = "roles/resourcemanager.projectIamAdmin"
  member  = "serviceAccount:${local.emails["deployer"]}"
  condition {
    title      = "roles of functions only"
    expression = "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['${join("', '", local.grantable)}'])"
  }
}

# Secrets' settings and readers; no right to read a value.
resource "google_project_iam_custom_role" "secrets" {
  role_id = "kwipper_secrets"
  title   = "Kwipper: Settings of secrets"
  permissions = [for verb in ["create", "delete", "get", "getIamPolicy", "list", "setIamPolicy", "update"] :
  "secretmanager.secrets.${verb}"]
}

resource "google_project_iam_member" "secrets" {
  project = var.project.id
  role    = "projects/${var.project.id}/roles/${google_project_iam_custom_role.secrets.role_id}"
  member  = "serviceAccount:${local.emails["deployer"]}"
}

# The state, the packages and plans: the deployer has all buckets, the planner these.
resource "google_storage_bucket_iam_member" "planner" {
  for_each = toset([var.state_bucket, google_storage_bucket.plans.name])
  bucket   = each.key
  role     = each.key == var.state_bucket ? "roles/storage.objectViewer" : "roles/storage.objectCreator"
  member   = "serviceAccount:${local.emails["planner"]}"
}

resource "google_project_iam_member" "planner_reads_settings" {
  project = var.project.id
  role    = "roles/storage.bucketViewer"
  member  = "serviceAccount:${local.emails["planner"]}"
}

resource "google_project_iam_member" "planner_reads_packages" {
  project = var.project.id
  role    = "roles/storage.objectViewer"
  member  = "serviceAccount:${local.emails["planner"]}"
  condition {
    title      = "packages only"
    expression = "resource.name.startsWith(\"projects/_/buckets/${var.project.id}-packages\")"
  }
}

# The release of the environment before is waited for: its state says where, its bucket what.
resource "google_storage_bucket_iam_member" "previous" {
  for_each = var.previous == null ? toset([]) : toset([var.previous.state_bucket, "${var.previous.project}-packages"])
  bucket   = each.key
  role     = "roles/storage.objectViewer"
  member   = "serviceAccount:${local.emails["deployer"]}"
}

resource "google_billing_account_iam_member" "budget" {
  for_each           = var.billing_account == null ? toset([]) : toset(["deployer", "planner"])
  billing_account_id = var.billing_account
  role               = "roles/billing.viewer"
  member             = "serviceAccount:${local.emails[each.key]}"
}

resource "google_storage_bucket" "plans" {
  name                        = "${var.project.id}-plans"
  location                    = upper(var.location)
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
      age = 30
    }
  }
}
