# Staging: production's regions and protections at a tenth of its size. Releases and rehearsals of disasters happen here.
environment = "staging"
project     = "kwipper-staging"
regions     = ["asia-southeast2", "asia-northeast1", "asia-southeast1", "northamerica-south1"]
home_region = "asia-northeast1"
protected   = true

domains           = { api = "api.staging.kwipper.example", media = "media.staging.kwipper.example" }
front_end_origins = ["https://staging.kwipper.example"]

countries = {
  id = { location = "ASIA-SOUTHEAST2" }
  jp = { location = "ASIA1" }
  ph = { location = "ASIA-SOUTHEAST1" }
  mx = { location = "NORTHAMERICA-SOUTH1" }
}

spanner = {
  config        = "regional-asia-northeast1"
  edition       = "ENTERPRISE"
  autoscaling   = { min_units = 1000, max_units = 3000, cpu_percent = 60, storage_percent = 80 }
  kms_locations = ["asia-northeast1"]
}
version_retention = "168h"
backups           = { full_cron = "0 18 * * *", incremental_cron = "0 2,6,10,14,22 * * *", retention_days = 14 }

scaling = {
  http  = { cpu = "1", memory = "512Mi", concurrency = 80, min_instances = 0, max_instances = 20, timeout_seconds = 60 }
  event = { cpu = "1", memory = "512Mi", concurrency = 40, min_instances = 0, max_instances = 20, timeout_seconds = 300 }
}
renewals_per_second        = 200
payment_retries_per_second = 20

protection        = { requests_per_minute = 6000, ban_requests_per_minute = 60000, webhooks_per_minute = 60000, body_bytes = 1048576, waf_blocks = false, adaptive = false }
log_sample_rate   = 0.1
trace_sample_rate = 0.1
cmek              = true

alerts  = { runbooks_url = "https://github.com/kwipper/kwipper/blob/main/docs/runbooks" }
rollout = { steps = [25, 100], watch_seconds = 240, hold_seconds = 240 }
