# Keys of one's own, one a location, where cmek asks for them.

locals {
  key_locations = var.cmek ? toset([for location in concat(tolist(var.regions), tolist(var.bucket_locations), var.spanner.kms_locations) : lower(location)]) : toset([])
  encrypting_agents = {
    spanner = "service-${var.project.number}@gcp-sa-spanner.iam.gserviceaccount.com"
    storage = data.google_storage_project_service_account.agent.email_address
    secrets = "service-${var.project.number}@gcp-sa-secretmanager.iam.gserviceaccount.com"
  }
}

resource "google_kms_key_ring" "data" {
  for_each   = local.key_locations
  name       = "kwipper"
  location   = each.key
  depends_on = [google_project_service.api]
  lifecycle {
    prevent_destroy = true
  }
}

resource "google_kms_crypto_key" "data" {
  for_each                   = google_kms_key_ring.data
  name                       = "data"
  key_ring                   = each.value.id
  rotation_period            = "7776000s" # 90 days
  destroy_scheduled_duration = "2592000s"
  lifecycle {
    prevent_destroy = true
  }
}

resource "google_kms_crypto_key_iam_member" "data" {
  for_each      = { for pair in setproduct(local.key_locations, keys(local.encrypting_agents)) : "${pair[0]}.${pair[1]}" => pair }
  crypto_key_id = google_kms_crypto_key.data[each.value[0]].id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = "serviceAccount:${local.encrypting_agents[each.value[1]]}"
}
