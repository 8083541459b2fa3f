# Kwipper in one project. What there is to provision stands in wiring.json, which is generated
# from the code; what differs between environments stands in environments/<name>.

terraform {
  backend "gcs" {} # bucket and prefix: environments/<name>/backend.hcl
}

provider "google" {
  project               = var.project
  region                = var.home_region
  billing_project       = var.project
  user_project_override = true
  default_labels        = { app = "kwipper", environment = var.environment }
}

data "google_project" "kwipper" {
  project_id = var.project
}

locals {
  wiring  = jsondecode(file("${path.module}/../wiring.json"))
  project = { id = var.project, number = data.google_project.kwipper.number }
  regions = setunion(var.regions, [var.home_region])

  buckets  = { for country in local.wiring.countries : country => "${var.project}-media-${country}" }
  services = toset([for function in values(local.wiring.functions) : function.service])
}

module "platform" {
  source            = "../modules/platform"
  project           = local.project
  regions           = local.regions
  packages_location = var.packages_location
  spanner           = merge(var.spanner, { protected = var.protected })
  secrets           = local.wiring.secrets
  bucket_locations  = toset([for residency in values(var.countries) : residency.location])
  cmek              = var.cmek
  budget            = var.budget
  audited_services  = var.audited_services
}

module "service" {
  for_each = local.services
  source   = "../modules/service"
  name     = each.key
  project  = local.project
  instance = module.platform.instance
  database = {
    version_retention = var.version_retention
    protected         = var.protected
    kms_keys          = module.platform.spanner_kms_keys
  }
  backups             = var.backups
  accounts            = local.database_accounts[each.key]
  topics              = { for name, topic in local.topics : name => topic.dead_letter if topic.service == each.key }
  persistence_regions = var.message_regions
  pushes = {
    for name, push in local.wiring.pushes : name => merge(push, { url = local.event_urls[push.function] })
    if local.wiring.functions[push.function].service == each.key
  }
  push       = var.push
  invoker    = module.platform.invoker
  depends_on = [module.platform]
}

# Cloud Storage says what was uploaded.
resource "google_pubsub_topic_iam_member" "uploads" {
  topic  = module.service["content"].topics["media-uploads"]
  role   = "roles/pubsub.publisher"
  member = "serviceAccount:${module.platform.storage_agent}"
}

module "region" {
  for_each          = local.buckets
  source            = "../modules/region"
  country           = each.key
  bucket            = each.value
  residency         = var.countries[each.key]
  kms_key           = lookup(module.platform.bucket_kms_keys, lower(var.countries[each.key].location), null)
  retention         = var.media_retention
  front_end_origins = var.front_end_origins
  topic             = module.service["content"].topics["media-uploads"]
  signer            = { email = module.platform.signer, roles = { read = module.platform.roles.objects_read } }
  depends_on        = [google_pubsub_topic_iam_member.uploads]
}

module "schedule" {
  source                     = "../modules/schedule"
  region                     = var.home_region
  queues                     = local.wiring.queues
  renewals_per_second        = var.renewals_per_second
  payment_retries_per_second = var.payment_retries_per_second
  jobs = {
    for function, job in local.wiring.jobs : function => {
      cron            = job.cron
      url             = local.event_urls[function]
      timeout_seconds = local.scaling[function].timeout_seconds
    }
  }
  invoker    = module.platform.invoker
  paused     = var.paused
  depends_on = [module.platform]
}

module "api" {
  source  = "../modules/api"
  project = local.project
  domains = var.domains
  functions = {
    for name, function in local.wiring.functions : name => module.function[name].deployed if function.trigger == "http"
  }
  routes           = local.wiring.routes
  status           = local.wiring.status
  fallback         = local.wiring.routes[length(local.wiring.routes) - 1].function
  buckets          = { for country, region in module.region : country => region.bucket }
  media_keys_added = var.media_keys_added
  protection       = var.protection
  log_sample_rate  = var.log_sample_rate
  depends_on       = [module.platform]
}

module "monitoring" {
  source                    = "../modules/monitoring"
  project                   = local.project
  email_addresses           = var.alerts.email_addresses
  runbooks_url              = var.alerts.runbooks_url
  thresholds                = var.alerts.thresholds
  dead_letter_subscriptions = toset(flatten([for service in module.service : service.dead_letter_subscriptions]))
  status_host               = var.alerts.status_checks ? var.domains.api : null
  services                  = toset([for page in values(local.wiring.status) : page.service])
  depends_on                = [module.platform]
}
