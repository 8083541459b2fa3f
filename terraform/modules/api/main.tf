# The front door's routes, as wiring.json has them from the OpenAPI document.

resource "google_compute_url_map" "api" {
  name            = "api"
  default_service = google_compute_backend_service.function[var.fallback].id

  host_rule {
    hosts        = [var.domains.api]
    path_matcher = "api"
  }
  path_matcher {
    name            = "api"
    default_service = google_compute_backend_service.function[var.fallback].id

    # A service's readiness, which a function answers at a path of its own.
    dynamic "route_rules" {
      for_each = { for i, path in sort(keys(var.status)) : format("%04d", i) => merge(var.status[path], { from = path, priority = i + 1 }) }
      content {
        priority = route_rules.value.priority
        service  = google_compute_backend_service.function[route_rules.value.function].id
        match_rules {
          path_template_match = route_rules.value.from
          header_matches {
            header_name = ":method"
            exact_match = "GET"
          }
        }
        route_action {
          url_rewrite {
            path_template_rewrite = route_rules.value.path
          }
        }
      }
    }
    dynamic "route_rules" {
      for_each = { for i, route in var.routes : format("%04d", i) => merge(route, { priority = (i + 1) * 10 }) }
      content {
        priority = route_rules.value.priority
        service  = google_compute_backend_service.function[route_rules.value.function].id
        # One rule a method: conditions of one rule are all to hold, rules are alternatives.
        dynamic "match_rules" {
          for_each = route_rules.value.methods
          content {
            path_template_match = route_rules.value.path
            header_matches {
              header_name = ":method"
              exact_match = match_rules.value
            }
          }
        }
      }
    }
  }

  host_rule {
    hosts        = [var.domains.media]
    path_matcher = "media"
  }
  # media.<domain>/<object> is an object of the bucket of the country that its name begins with.
  # No path is rewritten: signatures and cache keys are of the path that the viewer asks for.
  path_matcher {
    name            = "media"
    default_service = google_compute_backend_service.function[var.fallback].id
    dynamic "route_rules" {
      for_each = { for i, country in sort(keys(var.buckets)) : format("%04d", i) => { country = country, priority = i + 1 } }
      content {
        priority = route_rules.value.priority
        service  = google_compute_backend_bucket.media[route_rules.value.country].id
        match_rules {
          prefix_match = "/${route_rules.value.country}-"
        }
      }
    }
  }

  lifecycle {
    precondition {
      condition     = length(setsubtract([for route in var.routes : route.function], keys(var.functions))) == 0
      error_message = "Routes lead to functions that are not deployed: ${join(", ", setsubtract([for route in var.routes : route.function], keys(var.functions)))}."
    }
    precondition {
      condition     = length(setsubtract(keys(var.functions), [for route in var.routes : route.function])) == 0
      error_message = "No route leads to: ${join(", ", setsubtract(keys(var.functions), [for route in var.routes : route.function]))}."
    }
  }
}

resource "google_compute_url_map" "redirect" {
  name = "redirect"
  default_url_redirect {
    https_redirect         = true
    strip_query            = false
    redirect_response_code = "PERMANENT_REDIRECT"
  }
}
