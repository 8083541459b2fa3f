variable "project" {
  description = "Id and number of the project."
  type        = object({ id = string, number = string })
}

variable "domains" {
  description = "Host names: api of the front door, media of the CDN."
  type        = object({ api = string, media = string })
  validation {
    condition     = alltrue([for domain in values(var.domains) : can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", domain))])
    error_message = "domains must be host names such as api.kwipper.example."
  }
  validation {
    condition     = var.domains.api != var.domains.media
    error_message = "domains.api and domains.media must differ."
  }
}

variable "functions" {
  description = "HTTP functions: name -> region -> name of the Cloud Run service that stands there."
  type        = map(map(string))
  validation {
    condition     = length(distinct([for regions in values(var.functions) : join(",", keys(regions))])) == 1
    error_message = "Every HTTP function must stand in the same regions."
  }
}

variable "routes" {
  description = "Routes of wiring.json, those with the most literal paths first."
  type        = list(object({ function = string, methods = list(string), path = string }))
  validation {
    condition     = length(var.routes) > 0 && alltrue([for route in var.routes : startswith(route.path, "/v1/") && length(route.path) <= 255 && length(route.methods) > 0])
    error_message = "Routes must be paths under /v1/ of up to 255 characters with a method at least."
  }
}

variable "status" {
  description = "Pages that show whether a service is ready, by path: the function that answers, and at which path."
  type        = map(object({ service = string, function = string, path = string }))
  default     = {}
  validation {
    condition     = length(var.status) < 10
    error_message = "Status pages take the priorities below those of the routes: there is room for nine."
  }
}

variable "fallback" {
  description = "Function that answers what no route fits: any, since each answers an unknown path with 404 in the API's shape."
  type        = string
}

variable "buckets" {
  description = "Media buckets by country."
  type        = map(string)
}

variable "media_keys_added" {
  description = "True once a signing key was added to each CDN bucket (README): only then the account exists that the buckets let in."
  type        = bool
}

variable "protection" {
  description = <<-T
    Cloud Armor: requests a minute that one address may send before it gets 429 (mobile networks hide thousands of users
    behind one), and before it is banned for ten minutes; the same for the payment gateway's webhooks, without a ban;
    the largest body; whether the ready-made rules against known attacks block or only log; adaptive protection.
  T
  type = object({
    requests_per_minute     = number
    ban_requests_per_minute = number
    webhooks_per_minute     = number
    body_bytes              = number
    waf_blocks              = bool
    adaptive                = bool
  })
  validation {
    condition     = var.protection.requests_per_minute >= 60 && var.protection.ban_requests_per_minute > var.protection.requests_per_minute
    error_message = "protection.requests_per_minute must be 60 at least and protection.ban_requests_per_minute more than that."
  }
  validation {
    condition     = var.protection.body_bytes >= 1048576
    error_message = "protection.body_bytes must be 1 MiB at least, which operations take."
  }
}

variable "log_sample_rate" {
  description = "Share of requests that the load balancer logs, 0 to 1."
  type        = number
  validation {
    condition     = var.log_sample_rate >= 0 && var.log_sample_rate <= 1
    error_message = "log_sample_rate must be 0 to 1."
  }
}
