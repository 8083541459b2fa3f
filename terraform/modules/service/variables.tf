variable "name" {
  description = "Name of the service, which is that of its database."
  type        = string
  validation {
    condition     = can(regex("^[a-z]{2,28}[a-z]$", var.name))
    error_message = "name must be 3 to 29 small letters."
  }
}

variable "project" {
  description = "Id and number of the project."
  type        = object({ id = string, number = string })
}

variable "instance" {
  description = "Name of the Spanner instance."
  type        = string
}

variable "database" {
  description = "How long earlier versions can be read, what protects it, and the keys that encrypt it (none: Google's)."
  type        = object({ version_retention = string, protected = bool, kms_keys = list(string) })
  validation {
    condition     = can(regex("^([1-9]|[1-9][0-9]|1[0-5][0-9]|16[0-8])h$", var.database.version_retention))
    error_message = "database.version_retention must be 1h to 168h."
  }
}

variable "backups" {
  description = "Full backups in cron's language (UTC, at least every 12 h apart is the most that Spanner does), incremental ones between them or null, days that each is kept."
  type        = object({ full_cron = string, incremental_cron = optional(string), retention_days = number })
  validation {
    condition     = var.backups.retention_days >= 1 && var.backups.retention_days <= 366
    error_message = "backups.retention_days must be 1 to 366."
  }
  validation {
    condition     = can(regex("^[0-9]{1,2} [0-9,/*]+ \\S+ \\S+ \\S+$", var.backups.full_cron))
    error_message = "backups.full_cron must be in cron's language with a fixed minute, such as \"0 2,14 * * *\"."
  }
}

variable "accounts" {
  description = "Who opens the database: function -> member and database role (empty: all rights)."
  type        = map(object({ member = string, role = string }))
  validation {
    condition     = length(var.accounts) > 0
    error_message = "A database that no function opens is none of Kwipper's."
  }
}

variable "topics" {
  description = "The service's topics: name -> name of its dead-letter topic."
  type        = map(string)
}

variable "persistence_regions" {
  description = "Regions in which messages may be kept; empty is any."
  type        = list(string)
}

variable "pushes" {
  description = "Push subscriptions to the service's functions."
  type        = map(object({ topic = string, dead_letter = string, function = string, filter = string, url = string }))
  validation {
    condition     = alltrue([for name, push in var.pushes : name == "${push.topic}.${push.function}"])
    error_message = "A push subscription is named <topic>.<Function>: functions find their dead-letter topic by it."
  }
}

variable "push" {
  description = "How messages are pushed: seconds given to a request, days kept, back-off, attempts before the dead letter."
  type = object({
    ack_deadline_seconds = number
    retention_days       = number
    minimum_backoff      = string
    maximum_backoff      = string
    attempts             = number
  })
  validation {
    condition     = var.push.ack_deadline_seconds >= 10 && var.push.ack_deadline_seconds <= 600
    error_message = "push.ack_deadline_seconds must be 10 to 600."
  }
  validation {
    condition     = var.push.attempts >= 5 && var.push.attempts <= 100
    error_message = "push.attempts must be 5 to 100."
  }
  validation {
    condition     = var.push.retention_days >= 1 && var.push.retention_days <= 7
    error_message = "push.retention_days must be 1 to 7: barriers of sagas outlive the messages by two weeks, which the code reckons with 7 days."
  }
}

variable "invoker" {
  description = "E-mail address of the account that pushes."
  type        = string
}
