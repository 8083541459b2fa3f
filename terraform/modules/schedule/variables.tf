variable "region" {
  description = "Home region: queues and jobs stand there."
  type        = string
}

variable "queues" {
  description = "Queues of wiring.json: name -> ring (renewals are spread over these) or single."
  type        = map(string)
  validation {
    condition     = alltrue([for kind in values(var.queues) : contains(["ring", "single"], kind)])
    error_message = "A queue is ring or single."
  }
}

variable "renewals_per_second" {
  description = "Renewals that database and payment gateway bear a second; the ring's queues share them."
  type        = number
  validation {
    condition     = var.renewals_per_second >= 1
    error_message = "renewals_per_second must be 1 at least."
  }
}

variable "payment_retries_per_second" {
  description = "How often a second the payment gateway is asked again."
  type        = number
  validation {
    condition     = var.payment_retries_per_second >= 1 && var.payment_retries_per_second <= 500
    error_message = "payment_retries_per_second must be 1 to 500, which a queue dispatches at most."
  }
}

variable "jobs" {
  description = "Scheduled calls: cron in UTC, address called, seconds it is given."
  type        = map(object({ cron = string, url = string, timeout_seconds = number }))
}

variable "invoker" {
  description = "E-mail address of the account that calls."
  type        = string
}

variable "paused" {
  description = "Holds back jobs and queues, as when the home region moves."
  type        = bool
}
