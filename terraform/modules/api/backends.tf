# A backend service a function, over the function's services in all regions: the load balancer
# sends a request to the nearest, and away from a region whose answers are errors.

locals {
  functions = keys(var.functions)
  services  = { for name in local.functions : name => trimprefix(lower(replace(name, "/([A-Z])/", "-$1")), "-") }
  regions   = keys(var.functions[local.functions[0]])
  places    = { for pair in setproduct(local.functions, local.regions) : "${pair[0]}.${pair[1]}" => { function = pair[0], region = pair[1] } }
}

# Functions of the second generation are Cloud Run services to a load balancer.
resource "google_compute_region_network_endpoint_group" "function" {
  for_each              = local.places
  name                  = local.services[each.value.function]
  region                = each.value.region
  network_endpoint_type = "SERVERLESS"
  cloud_run {
    service = var.functions[each.value.function][each.value.region]
  }
}

resource "google_compute_backend_service" "function" {
  for_each              = local.services
  name                  = each.value
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  security_policy       = google_compute_security_policy.api.id

  dynamic "backend" {
    for_each = local.regions
    content {
      group = google_compute_region_network_endpoint_group.function["${each.key}.${backend.value}"].id
    }
  }

  # Serverless backends have no health checks. A region that answers errors five times in
  # succession gets nothing for half a minute, if there is another; docs/adr/0012.
  dynamic "outlier_detection" {
    for_each = length(local.regions) > 1 ? [1] : []
    content {
      consecutive_errors                    = 5
      enforcing_consecutive_errors          = 100
      consecutive_gateway_failure           = 5
      enforcing_consecutive_gateway_failure = 100
      max_ejection_percent                  = 50
      interval {
        seconds = 5
      }
      base_ejection_time {
        seconds = 30
      }
    }
  }
  log_config {
    enable      = var.log_sample_rate > 0
    sample_rate = var.log_sample_rate
  }
}
