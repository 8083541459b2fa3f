# Delivery of prod (terraform/delivery). The connection is made by hand: docs/deploy.md.
environment     = "prod"
project         = "kwipper-prod"
location        = "asia-northeast1"
repository      = "projects/kwipper-prod/locations/asia-northeast1/connections/github/repositories/kwipper"
state_bucket    = "kwipper-prod-terraform-state"
previous        = { environment = "staging", project = "kwipper-staging", state_bucket = "kwipper-staging-terraform-state" }
approval        = true
billing_account = "000000-000000-000000"
