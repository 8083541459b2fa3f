mock_provider "google" {
  source = "../../testing/mocks"
}

variables {
  name         = "PaymentWebhook"
  service_name = "payment-webhook"
  account      = "fn-payment-webhook@kwipper-test.iam.gserviceaccount.com"
  wiring = {
    service = "billing", trigger = "http", checks = "signature", publishes = ["saga-replies"], enqueues = ["payment-retries"]
    secrets = ["STRIPE_SECRET_KEY"], objects = ["read", "delete"], signs = true, identity = true
  }
  project     = "kwipper-test"
  regions     = ["asia-northeast1", "northamerica-south1"]
  source_code = { bucket = "kwipper-test-packages", zip = "dist/PaymentWebhook-0123456789ab.zip" }
  build = {
    account      = "projects/kwipper-test/serviceAccounts/function-builder@kwipper-test.iam.gserviceaccount.com"
    repositories = { asia-northeast1 = "projects/p/locations/a/repositories/functions", northamerica-south1 = "projects/p/locations/n/repositories/functions" }
  }
  environment = { KWIPPER_PROJECT = "kwipper-test" }
  scaling     = { cpu = "1", memory = "512Mi", concurrency = 80, min_instances = 1, max_instances = 10, timeout_seconds = 60 }
  invoker     = "invoker@kwipper-test.iam.gserviceaccount.com"
  signer      = "media-signer@kwipper-test.iam.gserviceaccount.com"
  topics      = { saga-replies = "projects/kwipper-test/topics/saga-replies", user-commands = "projects/kwipper-test/topics/user-commands" }
  queues      = { names = { payment-retries = "payment-retries", renewals-0 = "renewals-0" }, region = "asia-northeast1" }
  secrets     = { ids = { STRIPE_SECRET_KEY = "stripe-secret-key", PAGE_TOKEN_KEY = "page-token-key" }, versions = { STRIPE_SECRET_KEY = "3" } }
  buckets     = { id = "kwipper-test-media-id", jp = "kwipper-test-media-jp" }
  roles = {
    objects_create = "projects/kwipper-test/roles/kwipper_objects_create", objects_read = "projects/kwipper-test/roles/kwipper_objects_read"
    objects_delete = "projects/kwipper-test/roles/kwipper_objects_delete", sign = "projects/kwipper-test/roles/kwipper_sign"
    claims         = "projects/kwipper-test/roles/kwipper_claims"
  }
}

run "http_function_planned" {
  command = plan
  assert {
    condition     = toset(keys(google_cloudfunctions2_function.function)) == var.regions
    error_message = "The function does not stand in every region."
  }
  assert {
    condition = alltrue([
      for f in google_cloudfunctions2_function.function :
      f.service_config[0].ingress_settings == "ALLOW_INTERNAL_AND_GCLB" && f.service_config[0].service_account_email == var.account
    ])
    error_message = "Requests come in past the load balancer, or the function runs as another."
  }
  assert {
    condition     = alltrue([for i in google_cloud_run_v2_service_iam_member.calls : i.member == "allUsers" && i.role == "roles/run.invoker"])
    error_message = "Browsers cannot call the function."
  }
  assert {
    condition     = keys(google_pubsub_topic_iam_member.publishes) == ["saga-replies"] && keys(google_cloud_tasks_queue_iam_member.enqueues) == ["payment-retries"]
    error_message = "Topics or queues are not those that the function uses."
  }
  assert {
    condition     = toset(keys(google_storage_bucket_iam_member.objects)) == toset(["id.read", "id.delete", "jp.read", "jp.delete"])
    error_message = "Rights on objects are not those that the function has in each country."
  }
  assert {
    condition     = google_service_account_iam_member.acts_as_invoker[0].service_account_id == "projects/kwipper-test/serviceAccounts/${var.invoker}"
    error_message = "Who enqueues may not act as the invoker."
  }
}

run "http_function_applied" {
  command = apply
  assert {
    condition     = output.deployed == { asia-northeast1 = "payment-webhook", northamerica-south1 = "payment-webhook" }
    error_message = "The outputs do not say where the function stands."
  }
  assert {
    condition     = one(google_cloudfunctions2_function.function["asia-northeast1"].service_config[0].secret_environment_variables).version == "3"
    error_message = "The version of the secret is not the one that was given."
  }
  assert {
    condition     = google_cloudfunctions2_function.function["asia-northeast1"].build_config[0].runtime == "go126"
    error_message = "Another runtime than that of the code."
  }
}

run "event_function" {
  command = apply
  variables {
    name         = "Pay"
    service_name = "pay"
    account      = "fn-pay@kwipper-test.iam.gserviceaccount.com"
    wiring = {
      service = "billing", trigger = "event", checks = "invoker", publishes = [], enqueues = []
      secrets = [], objects = [], signs = false, identity = false
    }
    regions = ["asia-northeast1"]
  }
  assert {
    condition     = google_cloudfunctions2_function.function["asia-northeast1"].service_config[0].ingress_settings == "ALLOW_INTERNAL_ONLY"
    error_message = "An event function can be called from outside."
  }
  assert {
    condition     = google_cloud_run_v2_service_iam_member.calls["asia-northeast1"].member == "serviceAccount:${var.invoker}"
    error_message = "Others than the invoker may call an event function."
  }
  assert {
    condition     = length(google_service_account_iam_member.acts_as_invoker) + length(google_service_account_iam_member.signs) + length(google_project_iam_member.claims) == 0
    error_message = "A function that does not ask for it has rights on accounts."
  }
}

run "public_without_a_check" {
  command = plan
  variables {
    wiring = {
      service = "billing", trigger = "http", checks = "invoker", publishes = [], enqueues = []
      secrets = [], objects = [], signs = false, identity = false
    }
  }
  expect_failures = [var.wiring]
}

run "longer_than_pubsub_waits" {
  command = plan
  variables {
    scaling = { cpu = "1", memory = "512Mi", concurrency = 80, min_instances = 1, max_instances = 10, timeout_seconds = 900 }
  }
  expect_failures = [var.scaling]
}

run "package_of_no_hash" {
  command = plan
  variables {
    source_code = { bucket = "b", zip = "function.zip" }
  }
  expect_failures = [var.source_code]
}
