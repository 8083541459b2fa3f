# Delivery of one environment. Applied by a person (scripts/terraform ENV --delivery apply), with a state of its own:
# what deploys the rest does not change its own rights.

terraform {
  backend "gcs" {} # bucket: environments/<name>/backend.hcl; prefix: delivery
}

provider "google" {
  project               = var.project
  region                = var.location
  billing_project       = var.project
  user_project_override = true
  default_labels        = { app = "kwipper", environment = var.environment }
}

module "delivery" {
  source          = "../modules/delivery"
  environment     = var.environment
  project         = { id = var.project }
  location        = var.location
  repository      = var.repository
  branch          = var.branch
  state_bucket    = var.state_bucket
  previous        = var.previous
  approval        = var.approval
  billing_account = var.billing_account
}
