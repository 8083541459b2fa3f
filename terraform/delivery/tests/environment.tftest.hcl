# Run with the values of each environment in turn (scripts/terraform-test delivery).

mock_provider "google" {
  source = "../testing/mocks"
}

run "plan" {
  command = plan
  assert {
    condition     = output.accounts["deployer"] == "deployer@${var.project}.iam.gserviceaccount.com"
    error_message = "The deployer has another address."
  }
  assert {
    condition     = (var.environment == "dev") == (var.previous == null) && (var.environment != "prod" || var.approval && try(var.previous.environment, "") == "staging")
    error_message = "Releases do not go from dev to staging to prod, the last by approval."
  }
}
