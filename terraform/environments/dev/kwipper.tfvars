# Development: one region, the smallest of everything, nothing that stands idle costs much (docs/costs.md).
environment = "dev"
project     = "kwipper-dev"
regions     = ["asia-southeast1"]
home_region = "asia-southeast1"
protected   = false

domains           = { api = "api.dev.kwipper.example", media = "media.dev.kwipper.example" }
front_end_origins = ["https://dev.kwipper.example", "http://localhost:3000", "http://localhost:5173"]

countries = {
  id = { location = "ASIA-SOUTHEAST1" }
  jp = { location = "ASIA-SOUTHEAST1" }
  ph = { location = "ASIA-SOUTHEAST1" }
  mx = { location = "ASIA-SOUTHEAST1" }
}
media_retention = { noncurrent_days = 1, soft_delete_days = 0 }

spanner = {
  config           = "regional-asia-southeast1"
  edition          = "STANDARD"
  processing_units = 100
  kms_locations    = ["asia-southeast1"]
}
version_retention = "24h"
backups           = { full_cron = "0 18 * * *", retention_days = 3 }

scaling = {
  http  = { cpu = "1", memory = "256Mi", concurrency = 80, min_instances = 0, max_instances = 3, timeout_seconds = 60 }
  event = { cpu = "1", memory = "256Mi", concurrency = 40, min_instances = 0, max_instances = 3, timeout_seconds = 300 }
}
renewals_per_second        = 20
payment_retries_per_second = 5

protection        = { requests_per_minute = 600, ban_requests_per_minute = 3000, webhooks_per_minute = 3000, body_bytes = 1048576, waf_blocks = false, adaptive = false }
log_sample_rate   = 1
trace_sample_rate = 1
cmek              = false

alerts  = { runbooks_url = "https://github.com/kwipper/kwipper/blob/main/docs/runbooks", status_checks = false }
rollout = { steps = [100], watch_seconds = 60, hold_seconds = 60 }
