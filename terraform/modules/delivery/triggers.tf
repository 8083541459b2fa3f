# Who starts what: docs/deploy.md, "Delivery".

locals {
  account_ids   = { for name, email in local.emails : name => "projects/${var.project.id}/serviceAccounts/${email}" }
  previous      = var.previous == null ? "" : var.previous.environment
  substitutions = { _ENVIRONMENT = var.environment }
}

# Format, tests against our emulators and Google's, packages. Needs no rights, so it runs once, in the first environment.
resource "google_cloudbuild_trigger" "check" {
  count              = var.previous == null ? 1 : 0
  name               = "check"
  description        = "Checks and tests a pull request"
  location           = var.location
  filename           = "cloudbuild/check.yaml"
  service_account    = local.account_ids["planner"]
  include_build_logs = "INCLUDE_BUILD_LOGS_WITH_STATUS"
  repository_event_config {
    repository = var.repository
    pull_request {
      branch          = "^${var.branch}$"
      comment_control = "COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY"
    }
  }
}

resource "google_cloudbuild_trigger" "plan" {
  name               = "plan"
  description        = "Plans a pull request against ${var.environment}"
  location           = var.location
  filename           = "cloudbuild/plan.yaml"
  service_account    = local.account_ids["planner"]
  substitutions      = merge(local.substitutions, { _PLANS = google_storage_bucket.plans.name })
  include_build_logs = "INCLUDE_BUILD_LOGS_WITH_STATUS"
  repository_event_config {
    repository = var.repository
    pull_request {
      branch          = "^${var.branch}$"
      comment_control = "COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY"
    }
  }
}

resource "google_cloudbuild_trigger" "release" {
  name            = "release"
  description     = "Releases what is merged to ${var.environment}"
  location        = var.location
  filename        = "cloudbuild/release.yaml"
  service_account = local.account_ids["deployer"]
  substitutions   = merge(local.substitutions, { _PREVIOUS = local.previous })
  repository_event_config {
    repository = var.repository
    push {
      branch = "^${var.branch}$"
    }
  }
  approval_config {
    approval_required = var.approval
  }
}

# Contract steps of migrations: started by a person, after the release that needs them no more.
resource "google_cloudbuild_trigger" "contract" {
  name            = "contract"
  description     = "Drops what no release uses any more from ${var.environment}'s schemas"
  location        = var.location
  service_account = local.account_ids["migrator"]
  substitutions   = { _INSTANCE = "projects/${var.project.id}/instances/kwipper" }
  source_to_build {
    repository = var.repository
    ref        = "refs/heads/${var.branch}"
    repo_type  = "UNKNOWN"
  }
  git_file_source {
    path       = "cloudbuild/contract.yaml"
    repository = var.repository
    revision   = "refs/heads/${var.branch}"
    repo_type  = "UNKNOWN"
  }
  approval_config {
    approval_required = var.approval
  }
}
