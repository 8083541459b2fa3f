# Delivery of staging (terraform/delivery). The connection is made by hand: docs/deploy.md.
environment  = "staging"
project      = "kwipper-staging"
location     = "asia-northeast1"
repository   = "projects/kwipper-staging/locations/asia-northeast1/connections/github/repositories/kwipper"
state_bucket = "kwipper-staging-terraform-state"
previous     = { environment = "dev", project = "kwipper-dev", state_bucket = "kwipper-dev-terraform-state" }
