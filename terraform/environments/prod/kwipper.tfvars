# Production: four countries, Tokyo and Osaka for the data (90 of the 100 million users are in Asia).
environment = "prod"
project     = "kwipper-prod"
regions     = ["asia-southeast2", "asia-northeast1", "asia-southeast1", "northamerica-south1"]
home_region = "asia-northeast1"
protected   = true

domains           = { api = "api.kwipper.example", media = "media.kwipper.example" }
front_end_origins = ["https://kwipper.example"]

# Media stays in its country where there is a region; Manila's nearest is Singapore. ASIA1 is
# Tokyo and Osaka. A pair of regions, location ASIA with two data_locations, is what to choose
# where the law lets media leave the country.
countries = {
  id = { location = "ASIA-SOUTHEAST2" }
  jp = { location = "ASIA1", turbo = true }
  ph = { location = "ASIA-SOUTHEAST1" }
  mx = { location = "NORTHAMERICA-SOUTH1" }
}

spanner = {
  config      = "asia1"
  edition     = "ENTERPRISE_PLUS"
  autoscaling = { min_units = 3000, max_units = 60000, cpu_percent = 45, storage_percent = 80 }
  # Of all replicas, the witness in Seoul too: gcloud spanner instance-configs describe asia1 lists them.
  kms_locations = ["asia-northeast1", "asia-northeast2", "asia-northeast3"]
}
version_retention = "168h"
backups           = { full_cron = "0 6,18 * * *", incremental_cron = "0 2,10,14,22 * * *", retention_days = 35 }

scaling = {
  http  = { cpu = "1", memory = "512Mi", concurrency = 80, min_instances = 0, max_instances = 100, timeout_seconds = 60 }
  event = { cpu = "1", memory = "512Mi", concurrency = 40, min_instances = 0, max_instances = 100, timeout_seconds = 300 }
}
# What every visit needs does not wait for an instance, and a region is not empty when another's load comes.
scaling_of = {
  GetUser                   = { min_instances = 2 }
  ListCourses               = { min_instances = 2 }
  GetCourse                 = { min_instances = 2 }
  ListItems                 = { min_instances = 1 }
  GetItem                   = { min_instances = 2 }
  SignContents              = { min_instances = 2 }
  UpdateProgress            = { min_instances = 1, max_instances = 300 }
  Subscribe                 = { min_instances = 1 }
  GetOperation              = { min_instances = 1 }
  PaymentWebhook            = { min_instances = 1, max_instances = 300 }
  Orchestrate               = { min_instances = 3, max_instances = 500 }
  RenewBilling              = { max_instances = 300 }
  Pay                       = { min_instances = 1, max_instances = 300 }
  HandleUserCommand         = { min_instances = 1, max_instances = 300 }
  HandleCourseCommand       = { min_instances = 1, max_instances = 300 }
  HandleSubscriptionCommand = { min_instances = 1, max_instances = 300 }
  HandleContentCommand      = { min_instances = 1, max_instances = 300 }
}
renewals_per_second        = 2000
payment_retries_per_second = 200

protection        = { requests_per_minute = 30000, ban_requests_per_minute = 120000, webhooks_per_minute = 600000, body_bytes = 1048576, waf_blocks = false, adaptive = true }
log_sample_rate   = 0.01
trace_sample_rate = 0.01
cmek              = true
budget            = { billing_account = "000000-000000-000000", amount = 250000, currency = "USD" }

alerts  = { runbooks_url = "https://github.com/kwipper/kwipper/blob/main/docs/runbooks", email_addresses = ["oncall@kwipper.example"] }
rollout = { steps = [5, 25, 50, 100], watch_seconds = 600 }
