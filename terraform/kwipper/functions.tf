# The functions, all of them as wiring.json has them.

locals {
  packages = { for package in jsondecode(file(var.manifest)) : package.name => package.zip }

  # A topic belongs to the service whose functions get its messages.
  topics = {
    for topic in local.wiring.topics : topic => one(distinct([
      for push in values(local.wiring.pushes) : {
        service     = local.wiring.functions[push.function].service
        dead_letter = push.dead_letter
      } if push.topic == topic
    ]))
  }

  # CreateCourse is create-course in the cloud: its service and the first part of its address.
  service_names = { for name, _ in local.wiring.functions : name => trimprefix(lower(replace(name, "/([A-Z])/", "-$1")), "-") }

  # Cloud Run's deterministic addresses, known before the functions exist. They are the
  # audience of the tokens that event functions accept, and where tasks are sent.
  event_urls = {
    for name, function in local.wiring.functions :
    name => "https://${local.service_names[name]}-${local.project.number}.${var.home_region}.run.app" if function.trigger == "event"
  }
  address_variables = { for name, url in local.event_urls : "FUNCTION_URL_${upper(replace(local.service_names[name], "-", "_"))}" => url }

  # Known before the accounts exist, so that a plan shows who is granted what.
  accounts = { for name, account in google_service_account.function : name => "${account.account_id}@${var.project}.iam.gserviceaccount.com" }

  # database -> function -> who it is, and the database role it takes.
  database_accounts = {
    for database in local.wiring.databases : database => {
      for name, function in local.wiring.functions : name => {
        member = "serviceAccount:${local.accounts[name]}"
        role   = function.databases[database]
      } if contains(keys(function.databases), database)
    }
  }

  scaling = {
    for name, function in local.wiring.functions : name => merge(
      var.scaling[function.trigger],
      { for key, value in try(var.scaling_of[name], {}) : key => value if value != null },
    )
  }

  # Without it, whoever has the key's variable hands out addresses of Cloud Storage.
  cdn_variables = var.media_keys_added ? { MEDIA_HOST = var.domains.media } : {}

  environment = {
    KWIPPER_PROJECT         = var.project
    KWIPPER_REGION          = var.home_region # of the queues
    KWIPPER_INSTANCE        = "projects/${var.project}/instances/${module.platform.instance}"
    IDENTITY_ISSUER         = "https://securetoken.google.com/${var.project}"
    IDENTITY_AUDIENCE       = var.project
    SERVICE_ACCOUNT_INVOKER = module.platform.invoker
    MEDIA_BUCKET_TEMPLATE   = "${var.project}-media-{country}"
    MEDIA_SIGNER_EMAIL      = module.platform.signer
    RETURN_URI_ALLOWLIST    = join(",", var.front_end_origins)
    TASK_QUEUES             = join(",", sort([for name, kind in local.wiring.queues : name if kind == "ring"]))
    TRACES_ENDPOINT         = "google"
    TRACE_SAMPLE_RATIO      = tostring(var.trace_sample_rate)
    PAYMENT_QUEUE           = one([for name, kind in local.wiring.queues : name if kind == "single"])
  }
}

resource "google_service_account" "function" {
  for_each     = local.wiring.functions
  account_id   = "fn-${local.service_names[each.key]}" # of 6 to 30 characters, which Pay alone has not
  display_name = "Function ${each.key} of service ${each.value.service}"
  depends_on   = [module.platform]
}

module "function" {
  for_each     = local.wiring.functions
  source       = "../modules/function"
  name         = each.key
  service_name = local.service_names[each.key]
  account      = local.accounts[each.key]
  wiring       = each.value
  project      = var.project
  regions      = each.value.trigger == "http" ? var.regions : [var.home_region]
  source_code  = { bucket = module.platform.packages_bucket, zip = "${dirname(var.manifest)}/${local.packages[each.key]}" }
  build        = module.platform.build
  environment  = merge(local.environment, each.value.trigger == "event" || length(each.value.enqueues) > 0 ? local.address_variables : {}, contains(each.value.secrets, "MEDIA_CDN_KEY") ? local.cdn_variables : {})
  scaling      = local.scaling[each.key]
  invoker      = module.platform.invoker
  signer       = module.platform.signer
  topics       = merge([for service in module.service : service.topics]...)
  queues       = { names = module.schedule.queues, region = var.home_region }
  secrets      = { ids = module.platform.secrets, versions = var.secret_versions }
  buckets      = { for country, region in module.region : country => region.bucket }
  roles        = module.platform.roles
}
