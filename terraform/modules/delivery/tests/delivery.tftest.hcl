mock_provider "google" {
  source = "../../testing/mocks"
}

variables {
  environment     = "prod"
  project         = { id = "kwipper-test" }
  location        = "asia-northeast1"
  repository      = "projects/kwipper-test/locations/asia-northeast1/connections/github/repositories/kwipper"
  branch          = "main"
  state_bucket    = "kwipper-test-state"
  previous        = { environment = "staging", project = "kwipper-before", state_bucket = "kwipper-before-state" }
  approval        = true
  billing_account = "000000-000000-000000"
}

run "planned" {
  command = plan
  assert {
    condition     = length(setintersection([for member in google_project_iam_member.role : member.role], ["roles/owner", "roles/editor", "roles/viewer", "roles/resourcemanager.projectIamAdmin", "roles/iam.roleAdmin", "roles/iam.serviceAccountTokenCreator", "roles/secretmanager.admin"])) == 0
    error_message = "An account may do everything, grant everything, or read secrets."
  }
  assert {
    condition     = strcontains(google_project_iam_member.grants.condition[0].expression, "modifiedGrantsByRole") && !strcontains(google_project_iam_member.grants.condition[0].expression, "admin")
    error_message = "The deployer could grant itself a role."
  }
  assert {
    condition     = !contains(google_project_iam_custom_role.secrets.permissions, "secretmanager.versions.access")
    error_message = "The deployer could read secrets."
  }
  assert {
    condition     = alltrue([for key, member in google_project_iam_member.role : !startswith(key, "planner ") || can(regex("[vV]iewer$|[rR]eader$|Reviewer$|Consumer$|logWriter$", member.role))])
    error_message = "The planner could change something."
  }
}

run "applied" {
  command = apply
  assert {
    condition     = google_cloudbuild_trigger.release.approval_config[0].approval_required && google_cloudbuild_trigger.contract.approval_config[0].approval_required
    error_message = "Prod is released without a person."
  }
  assert {
    condition     = endswith(google_cloudbuild_trigger.release.service_account, "/deployer@kwipper-test.iam.gserviceaccount.com") && endswith(google_cloudbuild_trigger.plan.service_account, "/planner@kwipper-test.iam.gserviceaccount.com") && endswith(google_cloudbuild_trigger.contract.service_account, "/migrator@kwipper-test.iam.gserviceaccount.com")
    error_message = "A trigger runs as another account."
  }
  assert {
    condition     = google_cloudbuild_trigger.release.substitutions["_PREVIOUS"] == "staging" && length(google_cloudbuild_trigger.check) == 0 && length(google_storage_bucket_iam_member.previous) == 2
    error_message = "It does not wait for the environment before."
  }
  assert {
    condition     = google_storage_bucket.plans.public_access_prevention == "enforced"
    error_message = "Plans could be read by anyone."
  }
}

run "first" {
  command = apply
  variables {
    environment     = "dev"
    previous        = null
    approval        = false
    billing_account = null
  }
  assert {
    condition     = length(google_cloudbuild_trigger.check) == 1 && google_cloudbuild_trigger.release.substitutions["_PREVIOUS"] == "" && length(google_billing_account_iam_member.budget) + length(google_storage_bucket_iam_member.previous) == 0
    error_message = "The first environment has what it does not need."
  }
}

run "unattended_production" {
  command = plan
  variables {
    approval = false
  }
  expect_failures = [var.approval]
}

run "a_repository_by_its_address" {
  command = plan
  variables {
    repository = "https://github.com/kwipper/kwipper"
  }
  expect_failures = [var.repository]
}
