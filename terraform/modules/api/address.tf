# One address for all countries, its certificates, and HTTPS only.

resource "google_compute_global_address" "address" {
  for_each   = { v4 = "IPV4", v6 = "IPV6" }
  name       = "front-door-${each.key}"
  ip_version = each.value
}

# Certificates prove ownership by DNS, so that they exist before the name points here.
resource "google_certificate_manager_dns_authorization" "domain" {
  for_each = var.domains
  name     = each.key
  domain   = each.value
}

resource "google_certificate_manager_certificate" "domain" {
  for_each = var.domains
  name     = each.key
  managed {
    domains            = [each.value]
    dns_authorizations = [google_certificate_manager_dns_authorization.domain[each.key].id]
  }
}

resource "google_certificate_manager_certificate_map" "front_door" {
  name = "front-door"
}

resource "google_certificate_manager_certificate_map_entry" "domain" {
  for_each     = var.domains
  name         = each.key
  map          = google_certificate_manager_certificate_map.front_door.name
  hostname     = each.value
  certificates = [google_certificate_manager_certificate.domain[each.key].id]
}

resource "google_compute_ssl_policy" "modern" {
  name            = "modern"
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"
}

resource "google_compute_target_https_proxy" "api" {
  name            = "api"
  url_map         = google_compute_url_map.api.id
  ssl_policy      = google_compute_ssl_policy.modern.id
  certificate_map = "//certificatemanager.googleapis.com/${google_certificate_manager_certificate_map.front_door.id}"
  # Without its entries the map has no certificate to show.
  depends_on = [google_certificate_manager_certificate_map_entry.domain]
}

resource "google_compute_target_http_proxy" "redirect" {
  name    = "redirect"
  url_map = google_compute_url_map.redirect.id
}

resource "google_compute_global_forwarding_rule" "https" {
  for_each              = google_compute_global_address.address
  name                  = "https-${each.key}"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = each.value.id
  port_range            = "443"
  target                = google_compute_target_https_proxy.api.id
}

resource "google_compute_global_forwarding_rule" "http" {
  for_each              = google_compute_global_address.address
  name                  = "http-${each.key}"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = each.value.id
  port_range            = "80"
  target                = google_compute_target_http_proxy.redirect.id
}
