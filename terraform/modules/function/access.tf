# What the function may touch, beside its databases (modules/service), and who may call it.
# The rights are those that wiring.json lists, read out of the function's wire.go.

# HTTP functions check the user's token or the gateway's signature in code; with IAM in front
# no browser could call them. The variable's validation holds back those that check neither.
resource "google_cloud_run_v2_service_iam_member" "calls" {
  for_each = google_cloudfunctions2_function.function
  project  = var.project
  location = each.key
  name     = each.value.name
  role     = "roles/run.invoker"
  member   = local.public ? "allUsers" : "serviceAccount:${var.invoker}"
}

resource "google_pubsub_topic_iam_member" "publishes" {
  for_each = toset(var.wiring.publishes)
  topic    = var.topics[each.key]
  role     = "roles/pubsub.publisher"
  member   = local.member
}

resource "google_cloud_tasks_queue_iam_member" "enqueues" {
  for_each = toset(var.wiring.enqueues)
  location = var.queues.region
  name     = var.queues.names[each.key]
  role     = "roles/cloudtasks.enqueuer"
  member   = local.member
}

# A task carries a token of the invoker's; who enqueues it must be allowed to act as the invoker.
resource "google_service_account_iam_member" "acts_as_invoker" {
  count              = length(var.wiring.enqueues) > 0 ? 1 : 0
  service_account_id = "projects/${var.project}/serviceAccounts/${var.invoker}"
  role               = "roles/iam.serviceAccountUser"
  member             = local.member
}

resource "google_secret_manager_secret_iam_member" "reads" {
  for_each  = toset(var.wiring.secrets)
  project   = var.project
  secret_id = var.secrets.ids[each.key]
  role      = "roles/secretmanager.secretAccessor"
  member    = local.member
}

resource "google_storage_bucket_iam_member" "objects" {
  for_each = { for pair in setproduct(keys(var.buckets), var.wiring.objects) : "${pair[0]}.${pair[1]}" => pair }
  bucket   = var.buckets[each.value[0]]
  role     = var.roles["objects_${each.value[1]}"]
  member   = local.member
}

resource "google_service_account_iam_member" "signs" {
  count              = var.wiring.signs ? 1 : 0
  service_account_id = "projects/${var.project}/serviceAccounts/${var.signer}"
  role               = var.roles.sign
  member             = local.member
}

# Every function hands its traces to Google's Telemetry API, charged to the project.
resource "google_project_iam_member" "traces" {
  for_each = toset(["roles/telemetry.tracesWriter", "roles/serviceusage.serviceUsageConsumer"])
  project  = var.project
  role     = each.key
  member   = local.member
}

resource "google_project_iam_member" "claims" {
  count   = var.wiring.identity ? 1 : 0
  project = var.project
  role    = var.roles.claims
  member  = local.member
}
