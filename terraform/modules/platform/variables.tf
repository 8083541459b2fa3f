variable "project" {
  description = "Id and number of the project."
  type        = object({ id = string, number = string })
}

variable "regions" {
  description = "Regions in which functions run, the home region among them."
  type        = set(string)
}

variable "packages_location" {
  description = "Where the packages' bucket lies: a multi-region, so that functions can be built when a region is lost."
  type        = string
}

variable "spanner" {
  description = <<-T
    The Spanner instance: configuration, edition, and either processing_units or autoscaling between two sizes (in
    processing units) by load of the high-priority CPU and by storage. kms_locations are those of the configuration's
    replicas, each of which needs a key of its own with cmek.
  T
  type = object({
    config           = string
    edition          = string
    processing_units = optional(number)
    autoscaling = optional(object({
      min_units       = number
      max_units       = number
      cpu_percent     = number
      storage_percent = number
    }))
    kms_locations = list(string)
    protected     = bool
  })
  validation {
    condition     = contains(["STANDARD", "ENTERPRISE", "ENTERPRISE_PLUS"], var.spanner.edition)
    error_message = "spanner.edition must be STANDARD, ENTERPRISE or ENTERPRISE_PLUS."
  }
  validation {
    condition     = (var.spanner.processing_units == null) != (var.spanner.autoscaling == null)
    error_message = "Give either spanner.processing_units or spanner.autoscaling."
  }
  validation {
    condition     = var.spanner.autoscaling == null || var.spanner.edition != "STANDARD"
    error_message = "spanner.autoscaling needs edition ENTERPRISE or ENTERPRISE_PLUS."
  }
  validation {
    condition     = startswith(var.spanner.config, "regional-") || var.spanner.edition == "ENTERPRISE_PLUS"
    error_message = "spanner.config ${var.spanner.config} has more than one region, which needs edition ENTERPRISE_PLUS."
  }
  validation {
    condition     = var.spanner.processing_units == null ? true : var.spanner.processing_units >= 100 && var.spanner.processing_units % (var.spanner.processing_units < 1000 ? 100 : 1000) == 0
    error_message = "spanner.processing_units must be a multiple of 100 below 1000, and of 1000 from there."
  }
  validation {
    condition = var.spanner.autoscaling == null ? true : (
      var.spanner.autoscaling.min_units >= 1000 && var.spanner.autoscaling.min_units % 1000 == 0 &&
      var.spanner.autoscaling.max_units >= var.spanner.autoscaling.min_units && var.spanner.autoscaling.max_units % 1000 == 0
    )
    error_message = "spanner.autoscaling must go from a multiple of 1000 to a greater one."
  }
  validation {
    condition     = var.spanner.autoscaling == null ? true : var.spanner.autoscaling.cpu_percent <= (startswith(var.spanner.config, "regional-") ? 65 : 45)
    error_message = "spanner.autoscaling.cpu_percent must leave room for the loss of a zone or region: 65 at most with one region, 45 with more."
  }
}

variable "secrets" {
  description = "Environment variables whose values lie in Secret Manager. Values are added outside of Terraform."
  type        = list(string)
}

variable "bucket_locations" {
  description = "Locations of the media buckets."
  type        = set(string)
}

variable "cmek" {
  description = "Encrypt databases, buckets and secrets with keys of one's own in Cloud KMS."
  type        = bool
}

variable "budget" {
  description = "Monthly budget, or null: who pays, how much, in which currency."
  type        = object({ billing_account = string, amount = number, currency = string })
}

variable "audited_services" {
  description = "Services whose reads and writes of data are logged as well: service -> kinds."
  type        = map(list(string))
  validation {
    condition     = alltrue([for kinds in values(var.audited_services) : length(setsubtract(kinds, ["ADMIN_READ", "DATA_READ", "DATA_WRITE"])) == 0])
    error_message = "audited_services must name ADMIN_READ, DATA_READ or DATA_WRITE."
  }
}
