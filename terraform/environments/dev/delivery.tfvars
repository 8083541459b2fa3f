# Delivery of dev (terraform/delivery). The connection is made by hand: docs/deploy.md.
environment  = "dev"
project      = "kwipper-dev"
location     = "asia-southeast1"
repository   = "projects/kwipper-dev/locations/asia-southeast1/connections/github/repositories/kwipper"
state_bucket = "kwipper-dev-terraform-state"
