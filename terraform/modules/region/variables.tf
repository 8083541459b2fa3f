variable "country" {
  description = "Two small letters, as in wiring.json."
  type        = string
  validation {
    condition     = can(regex("^[a-z]{2}$", var.country))
    error_message = "country must be two small letters."
  }
}

variable "bucket" {
  description = "Name of the country's media bucket."
  type        = string
}

variable "residency" {
  description = <<-T
    Where the country's media lies. location is a region, a predefined dual-region (ASIA1 is Tokyo and Osaka) or, with
    data_locations, the area of two regions named there (ASIA). Turbo replicates a dual-region within 15 minutes.
  T
  type = object({
    location       = string
    data_locations = optional(list(string), [])
    turbo          = optional(bool, false)
  })
  validation {
    condition     = contains([0, 2], length(var.residency.data_locations))
    error_message = "residency.data_locations must be empty or name two regions."
  }
  validation {
    condition     = !var.residency.turbo || length(var.residency.data_locations) == 2 || contains(["ASIA1", "EUR4", "NAM4"], upper(var.residency.location))
    error_message = "residency.turbo is for dual-regions only."
  }
}

variable "kms_key" {
  description = "Key that encrypts the bucket, or null for Google's."
  type        = string
}

variable "retention" {
  description = "Days that replaced or deleted objects are kept, and days after that in which they can be restored (soft delete)."
  type        = object({ noncurrent_days = number, soft_delete_days = number })
  validation {
    condition     = var.retention.soft_delete_days == 0 || (var.retention.soft_delete_days >= 7 && var.retention.soft_delete_days <= 90)
    error_message = "retention.soft_delete_days must be 0, or 7 to 90."
  }
}

variable "front_end_origins" {
  description = "Origins that upload and play from a browser."
  type        = list(string)
}

variable "topic" {
  description = "Id of the topic that hears of uploads; Cloud Storage must be allowed to publish to it before."
  type        = string
}

variable "signer" {
  description = "Media signer (e-mail address) and the roles that its signed URLs need, by right."
  type        = object({ email = string, roles = map(string) })
}
