variable "name" {
  description = "Name of the function in the code, such as RenewBilling."
  type        = string
  validation {
    condition     = can(regex("^([A-Z][a-z]+)+$", var.name))
    error_message = "name must be CamelCase without digits, as FUNCTION_URL_<NAME> is made of it."
  }
}

variable "service_name" {
  description = "Name of the function in the cloud and of its Cloud Run service."
  type        = string
  validation {
    condition     = can(regex("^[a-z][a-z-]{1,46}[a-z]$", var.service_name))
    error_message = "service_name must be 3 to 48 small letters and hyphens: with the project's number it is part of a host name."
  }
}

variable "account" {
  description = "E-mail address of the function's own account."
  type        = string
}

variable "wiring" {
  description = "What wiring.json says of the function."
  type = object({
    service   = string
    trigger   = string
    checks    = string
    publishes = list(string)
    enqueues  = list(string)
    secrets   = list(string)
    objects   = list(string)
    signs     = bool
    identity  = bool
  })
  validation {
    condition     = contains(["http", "event"], var.wiring.trigger)
    error_message = "wiring.trigger must be http or event."
  }
  validation {
    condition     = contains(["token", "signature", "invoker"], var.wiring.checks)
    error_message = "wiring.checks must be token, signature or invoker: a function that checks nothing is not deployed."
  }
  validation {
    condition     = (var.wiring.trigger == "event") == (var.wiring.checks == "invoker")
    error_message = "Event functions check the invoker's token, HTTP functions the user's token or a signature."
  }
}

variable "project" {
  description = "Id of the project."
  type        = string
}

variable "regions" {
  description = "Where the function runs."
  type        = set(string)
  validation {
    condition     = length(var.regions) > 0
    error_message = "A function runs in one region at least."
  }
}

variable "source_code" {
  description = "Where the packages lie: the bucket, and the zip on this machine, whose name holds the hash of its content."
  type        = object({ bucket = string, zip = string })
  validation {
    condition     = can(regex("-[0-9a-f]{12}\\.zip$", var.source_code.zip))
    error_message = "source_code.zip must be one that scripts/package wrote, <Name>-<12 hex digits>.zip."
  }
}

variable "build" {
  description = "The account that builds, and the image repository of each region."
  type        = object({ account = string, repositories = map(string) })
}

variable "environment" {
  description = "Environment variables."
  type        = map(string)
}

variable "scaling" {
  description = "Size and number of instances in each region."
  type = object({
    cpu             = string
    memory          = string
    concurrency     = number
    min_instances   = number
    max_instances   = number
    timeout_seconds = number
  })
  validation {
    condition     = var.scaling.timeout_seconds >= 35 && var.scaling.timeout_seconds <= 540
    error_message = "scaling.timeout_seconds must be 35 to 540: requests are given 30 s in the code, and Pub/Sub waits 600 s at most."
  }
  validation {
    condition     = var.scaling.min_instances >= 0 && var.scaling.max_instances >= max(1, var.scaling.min_instances)
    error_message = "scaling.max_instances must be at least 1 and at least scaling.min_instances."
  }
  validation {
    condition     = var.scaling.concurrency >= 1 && var.scaling.concurrency <= 1000 && (var.scaling.concurrency == 1 || tonumber(var.scaling.cpu) >= 1)
    error_message = "scaling.concurrency must be 1 to 1000, and 1 with less than one CPU."
  }
}

variable "invoker" {
  description = "The one account that may call event functions: its e-mail address."
  type        = string
}

variable "signer" {
  description = "The account that media URLs are signed as: its e-mail address."
  type        = string
}

variable "topics" {
  description = "Ids of the topics, by name."
  type        = map(string)
}

variable "queues" {
  description = "Names of the queues, by name, and their region."
  type        = object({ names = map(string), region = string })
}

variable "secrets" {
  description = "Ids of the secrets in Secret Manager, by environment variable, and the version to use of each."
  type        = object({ ids = map(string), versions = map(string) })
}

variable "buckets" {
  description = "Names of the media buckets, by country."
  type        = map(string)
}

variable "roles" {
  description = "Names of the project's own roles: objects_create, objects_read, objects_delete, sign, claims."
  type        = map(string)
}
