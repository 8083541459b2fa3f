# Values that would do harm are refused before anything is planned.

mock_provider "google" {
  source = "../testing/mocks"
}

variables { # good enough for prod, where dev's own are refused
  rollout = { steps = [5, 100], watch_seconds = 600 }
}

run "unprotected_production" {
  command = plan
  variables {
    environment = "prod"
    protected   = false
    budget      = { billing_account = "000000-000000-000000", amount = 1, currency = "USD" }
    spanner = {
      config      = "asia1", edition = "ENTERPRISE_PLUS", kms_locations = []
      autoscaling = { min_units = 1000, max_units = 2000, cpu_percent = 45, storage_percent = 80 }
    }
    front_end_origins = ["https://kwipper.example"]
  }
  expect_failures = [var.protected]
}

run "production_without_budget_of_fixed_size" {
  command = plan
  variables {
    environment       = "prod"
    protected         = true
    budget            = null
    spanner           = { config = "asia1", edition = "ENTERPRISE_PLUS", processing_units = 1000, kms_locations = [] }
    front_end_origins = ["https://kwipper.example"]
  }
  expect_failures = [var.budget, var.spanner]
}

run "a_country_without_a_place" {
  command = plan
  variables {
    countries = { jp = { location = "ASIA1" } }
  }
  expect_failures = [var.countries]
}

run "a_function_that_does_not_exist" {
  command = plan
  variables {
    scaling_of = { MakeCoffee = { min_instances = 1 } }
  }
  expect_failures = [var.scaling_of]
}

run "steps_that_do_not_end_at_all_requests" {
  command = plan
  variables {
    rollout = { steps = [50, 25], watch_seconds = 60 }
  }
  expect_failures = [var.rollout]
}

run "redelivery_before_the_time_is_up" {
  command = plan
  variables {
    push = { ack_deadline_seconds = 60, retention_days = 7, minimum_backoff = "1s", maximum_backoff = "600s", attempts = 20 }
  }
  expect_failures = [var.push]
}
