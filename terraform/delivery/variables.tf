variable "environment" {
  description = "dev, staging or prod."
  type        = string
}

variable "project" {
  description = "Id of the environment's project."
  type        = string
}

variable "location" {
  description = "Region of the triggers: that of the repository's connection."
  type        = string
}

variable "repository" {
  description = "The repository in Cloud Build, once it is connected (docs/deploy.md)."
  type        = string
}

variable "branch" {
  description = "Branch that is released."
  type        = string
  default     = "main"
}

variable "state_bucket" {
  description = "Bucket of Terraform's state, as in backend.hcl."
  type        = string
}

variable "previous" {
  description = "The environment that has a commit first; null for the first."
  type        = object({ environment = string, project = string, state_bucket = string })
  default     = null
}

variable "approval" {
  description = "Whether a person approves each release."
  type        = bool
  default     = false
}

variable "billing_account" {
  description = "Billing account of the budget; null where there is none."
  type        = string
  default     = null
}
