mock_provider "google" {
  source = "../../testing/mocks"
}

variables {
  country           = "id"
  bucket            = "kwipper-test-media-id"
  residency         = { location = "asia-southeast2" }
  kms_key           = null
  retention         = { noncurrent_days = 30, soft_delete_days = 7 }
  front_end_origins = ["https://kwipper.example"]
  topic             = "projects/kwipper-test/topics/media-uploads"
  signer            = { email = "media-signer@kwipper-test.iam.gserviceaccount.com", roles = { read = "projects/kwipper-test/roles/kwipper_objects_read" } }
}

run "planned" {
  command = plan
  assert {
    condition     = google_storage_bucket.media.public_access_prevention == "enforced" && google_storage_bucket.media.uniform_bucket_level_access
    error_message = "The bucket could be opened to the public."
  }
  assert {
    condition     = google_storage_bucket.media.versioning[0].enabled && google_storage_bucket.media.soft_delete_policy[0].retention_duration_seconds == 604800
    error_message = "What is deleted cannot be restored."
  }
  assert {
    condition     = google_storage_bucket.media.location == "ASIA-SOUTHEAST2" && length(google_storage_bucket.media.custom_placement_config) == 0
    error_message = "Media leaves its country."
  }
}

run "applied" {
  command = apply
  variables {
    residency = { location = "ASIA", data_locations = ["asia-southeast1", "asia-east1"], turbo = true }
    kms_key   = "projects/kwipper-test/locations/asia/keyRings/kwipper/cryptoKeys/data"
  }
  assert {
    condition     = one(google_storage_bucket.media.custom_placement_config).data_locations == toset(["ASIA-SOUTHEAST1", "ASIA-EAST1"]) && google_storage_bucket.media.rpo == "ASYNC_TURBO"
    error_message = "Media is not replicated between the two regions."
  }
  assert {
    condition     = google_storage_notification.uploads.event_types == toset(["OBJECT_FINALIZE"]) && google_storage_notification.uploads.payload_format == "JSON_API_V1"
    error_message = "Uploads are not told as FinalizeUpload reads them."
  }
  assert {
    condition     = output.bucket == "kwipper-test-media-id"
    error_message = "The bucket has another name than functions look for."
  }
}

run "turbo_in_one_region" {
  command = plan
  variables {
    residency = { location = "ASIA-SOUTHEAST2", turbo = true }
  }
  expect_failures = [var.residency]
}

run "three_regions" {
  command = plan
  variables {
    residency = { location = "ASIA", data_locations = ["asia-east1", "asia-southeast1", "asia-southeast2"] }
  }
  expect_failures = [var.residency]
}
