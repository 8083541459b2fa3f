variable "project" {
  description = "Project that is watched."
  type        = object({ id = string, number = string })
}

variable "email_addresses" {
  description = "Who is told of alerts by mail. Empty: alerts are recorded, and nobody is told."
  type        = set(string)
  default     = []
}

variable "runbooks_url" {
  description = "Address under which docs/runbooks can be read; alerts link to it."
  type        = string
  validation {
    condition     = startswith(var.runbooks_url, "https://")
    error_message = "runbooks_url must begin with https://."
  }
}

variable "dead_letter_subscriptions" {
  description = "Subscriptions that keep dead letters."
  type        = set(string)
}

variable "status_host" {
  description = "Host of the front door whose /status pages are checked from outside, null to check none."
  type        = string
  default     = null
}

variable "services" {
  description = "Services whose status page is checked."
  type        = set(string)
}

variable "thresholds" {
  description = "When alerts fire."
  type = object({
    front_door_error_ratio     = optional(number, 0.01)
    front_door_latency_seconds = optional(number, 2)
    renewal_failure_ratio      = optional(number, 0.05)
    delivery_age_seconds       = optional(number, 300)
  })
  default = {}
  validation {
    condition     = alltrue([for t in [var.thresholds.front_door_error_ratio, var.thresholds.renewal_failure_ratio] : t > 0 && t < 1])
    error_message = "thresholds that are ratios must lie between 0 and 1."
  }
}
