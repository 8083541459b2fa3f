mock_provider "google" {
  source = "../../testing/mocks"
}

variables {
  project           = { id = "kwipper-test", number = "123456789012" }
  regions           = ["asia-northeast1", "northamerica-south1"]
  packages_location = "ASIA"
  spanner = {
    config        = "asia1", edition = "ENTERPRISE_PLUS"
    autoscaling   = { min_units = 1000, max_units = 5000, cpu_percent = 45, storage_percent = 80 }
    kms_locations = ["asia-northeast1", "asia-northeast2"], protected = true
  }
  secrets          = ["PAGE_TOKEN_KEY", "STRIPE_SECRET_KEY"]
  bucket_locations = ["ASIA1"]
  cmek             = true
  budget           = { billing_account = "000000-000000-000000", amount = 100, currency = "USD" }
  audited_services = { "secretmanager.googleapis.com" = ["DATA_READ"] }
}

run "planned" {
  command = plan
  assert {
    condition     = google_spanner_instance.kwipper.deletion_policy == "PREVENT" && !google_spanner_instance.kwipper.force_destroy
    error_message = "The instance is not protected."
  }
  assert {
    condition     = alltrue([for api in google_project_service.api : !api.disable_on_destroy])
    error_message = "Destroying would switch off APIs that others use."
  }
  assert {
    condition     = toset(keys(google_kms_crypto_key.data)) == toset(["asia-northeast1", "asia-northeast2", "northamerica-south1", "asia1"])
    error_message = "A location has no key."
  }
  assert {
    condition     = toset([for role in google_project_iam_custom_role.role : length(role.permissions)]) == toset([1])
    error_message = "A role of Kwipper's own holds more than one permission."
  }
}

run "applied" {
  command = apply
  assert {
    condition     = google_spanner_instance.kwipper.autoscaling_config[0].autoscaling_limits[0].max_processing_units == 5000
    error_message = "The instance does not grow."
  }
  assert {
    condition     = output.secrets == { PAGE_TOKEN_KEY = "page-token-key", STRIPE_SECRET_KEY = "stripe-secret-key" } && length(output.spanner_kms_keys) == 2
    error_message = "Secrets or keys are missing."
  }
  assert {
    condition     = output.invoker == "invoker@kwipper-test.iam.gserviceaccount.com"
    error_message = "The invoker has another address than the policies name."
  }
  assert {
    condition     = google_storage_bucket.packages.public_access_prevention == "enforced"
    error_message = "Packages could be read by anyone."
  }
  assert {
    condition     = google_billing_budget.month[0].amount[0].specified_amount[0].units == "100"
    error_message = "The budget is another."
  }
}

run "small" {
  command = apply
  variables {
    spanner          = { config = "regional-asia-southeast1", edition = "STANDARD", processing_units = 100, kms_locations = [], protected = false }
    cmek             = false
    budget           = null
    audited_services = {}
  }
  assert {
    condition     = google_spanner_instance.kwipper.processing_units == 100 && length(google_kms_crypto_key.data) + length(google_billing_budget.month) == 0
    error_message = "A small environment has more than it asks for."
  }
}

run "several_regions_need_the_edition" {
  command = plan
  variables {
    spanner = { config = "asia1", edition = "ENTERPRISE", processing_units = 1000, kms_locations = [], protected = true }
  }
  expect_failures = [var.spanner]
}

run "no_room_for_a_lost_region" {
  command = plan
  variables {
    spanner = {
      config      = "asia1", edition = "ENTERPRISE_PLUS", kms_locations = [], protected = true
      autoscaling = { min_units = 1000, max_units = 5000, cpu_percent = 65, storage_percent = 80 }
    }
  }
  expect_failures = [var.spanner]
}

run "an_odd_size" {
  command = plan
  variables {
    spanner = { config = "regional-asia-southeast1", edition = "STANDARD", processing_units = 150, kms_locations = [], protected = true }
  }
  expect_failures = [var.spanner]
}
