variable "environment" {
  description = "dev, staging or prod."
  type        = string
  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "environment must be dev, staging or prod."
  }
}

variable "project" {
  description = "Id of the Google Cloud project, one an environment."
  type        = string
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project must be the id of a project: 6 to 30 small letters, digits and hyphens."
  }
}

variable "manifest" {
  description = "dist/manifest.json that scripts/package wrote; the packages lie beside it."
  type        = string
  validation {
    condition     = fileexists(var.manifest)
    error_message = "There is no ${var.manifest}: run scripts/package."
  }
  validation {
    condition     = toset(try(jsondecode(file(var.manifest)), [])[*].name) == toset(keys(jsondecode(file("${path.module}/../wiring.json")).functions))
    error_message = "The manifest and wiring.json do not name the same functions: run scripts/generate and scripts/package, without names, of this revision."
  }
}

variable "regions" {
  description = "Regions of the HTTP functions."
  type        = set(string)
  validation {
    condition     = length(var.regions) > 0 && alltrue([for region in var.regions : can(regex("^[a-z]+-[a-z]+[0-9]+$", region))])
    error_message = "regions must name regions such as asia-northeast1, one at least."
  }
}

variable "home_region" {
  description = "Region of event functions, queues and jobs. README says how it is moved."
  type        = string
  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.home_region))
    error_message = "home_region must be a region such as asia-northeast1."
  }
}

variable "packages_location" {
  description = "Where the functions' packages lie: a multi-region, so that functions can be built when a region is lost."
  type        = string
  default     = "ASIA"
}

variable "protected" {
  description = "Protects databases, instance and secrets against deletion, beside the guards in the code. Never false in prod."
  type        = bool
  validation {
    condition     = var.protected || var.environment != "prod"
    error_message = "prod is always protected."
  }
}

variable "paused" {
  description = "Holds back jobs and queues, as when the home region moves or a database is restored."
  type        = bool
  default     = false
}

variable "domains" {
  description = "Host names of the front door and of the media CDN."
  type        = object({ api = string, media = string })
}

variable "front_end_origins" {
  description = "Origins of the front ends: they upload from a browser, and payment pages return to them."
  type        = list(string)
  validation {
    condition     = length(var.front_end_origins) > 0 && alltrue([for origin in var.front_end_origins : can(regex("^https?://[a-z0-9.-]+(:[0-9]+)?$", origin))])
    error_message = "front_end_origins must be origins such as https://kwipper.example, one at least, without a path."
  }
  validation {
    condition     = var.environment == "dev" || alltrue([for origin in var.front_end_origins : startswith(origin, "https://")])
    error_message = "Only dev takes front ends without TLS."
  }
}

variable "countries" {
  description = "Where each country's media lies: its choice of data residency (modules/region)."
  type = map(object({
    location       = string
    data_locations = optional(list(string), [])
    turbo          = optional(bool, false)
  }))
  validation {
    condition     = toset(keys(var.countries)) == toset(jsondecode(file("${path.module}/../wiring.json")).countries)
    error_message = "countries must say where the media of exactly the countries of wiring.json lies."
  }
}

variable "media_retention" {
  description = "Days that replaced or deleted media is kept, and days of soft delete after that."
  type        = object({ noncurrent_days = number, soft_delete_days = number })
  default     = { noncurrent_days = 30, soft_delete_days = 7 }
}

variable "spanner" {
  description = "Configuration and size of the Spanner instance (modules/platform)."
  type = object({
    config           = string
    edition          = string
    processing_units = optional(number)
    autoscaling      = optional(object({ min_units = number, max_units = number, cpu_percent = number, storage_percent = number }))
    kms_locations    = list(string)
  })
  validation {
    condition     = var.environment != "prod" || var.spanner.autoscaling != null
    error_message = "prod scales by load: give spanner.autoscaling."
  }
}

variable "version_retention" {
  description = "How long earlier versions of the data can be read, such as 168h, which is the most."
  type        = string
}

variable "backups" {
  description = "Backups of each database (modules/service)."
  type        = object({ full_cron = string, incremental_cron = optional(string), retention_days = number })
  validation {
    condition     = var.backups.incremental_cron == null || var.spanner.edition != "STANDARD"
    error_message = "Incremental backups need Spanner's edition ENTERPRISE or ENTERPRISE_PLUS."
  }
}

variable "message_regions" {
  description = "Regions in which messages may be kept; empty is any."
  type        = list(string)
  default     = []
}

variable "push" {
  description = "How messages are pushed (modules/service)."
  type = object({
    ack_deadline_seconds = number
    retention_days       = number
    minimum_backoff      = string
    maximum_backoff      = string
    attempts             = number
  })
  default = { ack_deadline_seconds = 600, retention_days = 7, minimum_backoff = "1s", maximum_backoff = "600s", attempts = 20 }
  validation {
    condition     = var.push.ack_deadline_seconds > var.scaling.event.timeout_seconds
    error_message = "push.ack_deadline_seconds must be more than scaling.event.timeout_seconds, or a message is delivered again while it is handled."
  }
}

variable "renewals_per_second" {
  description = "Renewals that database and payment gateway bear a second."
  type        = number
}

variable "payment_retries_per_second" {
  description = "How often a second the payment gateway is asked again."
  type        = number
}

variable "scaling" {
  description = "Size and instances, in each region, of HTTP and of event functions."
  type = object({
    http = object({
      cpu           = string, memory = string, concurrency = number
      min_instances = number, max_instances = number, timeout_seconds = number
    })
    event = object({
      cpu           = string, memory = string, concurrency = number
      min_instances = number, max_instances = number, timeout_seconds = number
    })
  })
}

variable "scaling_of" {
  description = "What is otherwise for single functions."
  type = map(object({
    cpu             = optional(string)
    memory          = optional(string)
    concurrency     = optional(number)
    min_instances   = optional(number)
    max_instances   = optional(number)
    timeout_seconds = optional(number)
  }))
  default = {}
  validation {
    condition     = length(setsubtract(keys(var.scaling_of), keys(jsondecode(file("${path.module}/../wiring.json")).functions))) == 0
    error_message = "scaling_of names functions that do not exist."
  }
}

variable "secret_versions" {
  description = "Versions of secrets by environment variable; latest where none is given."
  type        = map(string)
  default     = {}
}

variable "media_keys_added" {
  description = "True once signing keys were added to the CDN's buckets (README): media then goes through the CDN."
  type        = bool
  default     = false
}

variable "protection" {
  description = "Limits of the front door (modules/api)."
  type = object({
    requests_per_minute     = number
    ban_requests_per_minute = number
    webhooks_per_minute     = number
    body_bytes              = number
    waf_blocks              = bool
    adaptive                = bool
  })
}

variable "log_sample_rate" {
  description = "Share of requests that the load balancer logs."
  type        = number
}

variable "trace_sample_rate" {
  description = "Share of traces that are kept."
  type        = number
  validation {
    condition     = var.trace_sample_rate >= 0 && var.trace_sample_rate <= 1
    error_message = "trace_sample_rate must be 0 to 1."
  }
}

variable "cmek" {
  description = "Encrypt databases, buckets and secrets with keys of one's own."
  type        = bool
}

variable "budget" {
  description = "Monthly budget with alerts, or null."
  type        = object({ billing_account = string, amount = number, currency = string })
  default     = null
  validation {
    condition     = var.budget != null || var.environment != "prod"
    error_message = "prod has a budget."
  }
}

variable "audited_services" {
  description = "Services whose reads and writes of data are logged (modules/platform)."
  type        = map(list(string))
  default = {
    "secretmanager.googleapis.com" = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"]
    "cloudkms.googleapis.com"      = ["ADMIN_READ"]
    "iam.googleapis.com"           = ["ADMIN_READ", "DATA_WRITE"]
  }
}

variable "alerts" {
  description = "Who is told of alerts, where runbooks are read, when alerts fire (modules/monitoring), and whether the status pages are checked from outside."
  type = object({
    email_addresses = optional(set(string), [])
    runbooks_url    = string
    status_checks   = optional(bool, true)
    thresholds = optional(object({
      front_door_error_ratio     = optional(number)
      front_door_latency_seconds = optional(number)
      renewal_failure_ratio      = optional(number)
      delivery_age_seconds       = optional(number)
    }), {})
  })
}

variable "rollout" {
  description = "How requests come to new revisions (scripts/rollout): in which steps (percent), how long each is watched, how many requests are needed to judge a revision, and how much longer a step is held for want of requests or signals."
  type = object({
    steps            = list(number)
    watch_seconds    = number
    minimum_requests = optional(number, 50)
    hold_seconds     = optional(number, 600)
  })
  validation {
    condition = (
      length(var.rollout.steps) > 0 && var.rollout.steps[length(var.rollout.steps) - 1] == 100 &&
      alltrue([for i, step in var.rollout.steps : step > (i == 0 ? 0 : var.rollout.steps[max(0, i - 1)]) && step == floor(step)])
    )
    error_message = "rollout.steps must be whole percents that rise to 100."
  }
  validation {
    condition     = var.rollout.watch_seconds >= 240 || var.environment != "prod"
    error_message = "rollout.watch_seconds must be 240 at least in prod: measurements are minutes late."
  }
}
