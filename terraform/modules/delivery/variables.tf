variable "environment" {
  description = "dev, staging or prod."
  type        = string
  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "environment must be dev, staging or prod."
  }
}

variable "project" {
  description = "Project of the environment."
  type        = object({ id = string })
}

variable "location" {
  description = "Region of the triggers and of the plans' bucket: that of the repository's connection."
  type        = string
}

variable "repository" {
  description = "The repository in Cloud Build, once it is connected (docs/deploy.md): projects/P/locations/L/connections/C/repositories/R."
  type        = string
  validation {
    condition     = can(regex("^projects/[^/]+/locations/[^/]+/connections/[^/]+/repositories/[^/]+$", var.repository))
    error_message = "repository must be projects/P/locations/L/connections/C/repositories/R."
  }
}

variable "branch" {
  description = "Branch that is released."
  type        = string
}

variable "state_bucket" {
  description = "Bucket of Terraform's state."
  type        = string
}

variable "previous" {
  description = "The environment that has a commit first; null for the first."
  type        = object({ environment = string, project = string, state_bucket = string })
}

variable "approval" {
  description = "Whether a person approves each release. Always in prod."
  type        = bool
  validation {
    condition     = var.approval || var.environment != "prod"
    error_message = "A release to prod is approved by a person."
  }
}

variable "billing_account" {
  description = "Billing account of the budget, which a plan reads; null where there is no budget."
  type        = string
}
