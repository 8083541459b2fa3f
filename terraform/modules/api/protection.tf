# Cloud Armor in front of the functions. The first rule that fits decides, so what allows comes last.

# Sensitivity of Cloud Armor's ready-made rules, without those of methods: they take PATCH and
# DELETE for attacks.
locals {
  attacks = {
    sqli-v33-stable             = 1
    xss-v33-stable              = 1
    lfi-v33-stable              = 1
    rfi-v33-stable              = 1
    rce-v33-stable              = 1
    scannerdetection-v33-stable = 1
    protocolattack-v33-stable   = 1
    sessionfixation-v33-stable  = 1
  }
}

resource "google_compute_security_policy" "api" {
  name        = "api"
  description = "The front door's limits"
  type        = "CLOUD_ARMOR"

  adaptive_protection_config {
    layer_7_ddos_defense_config {
      enable = var.protection.adaptive
    }
  }
  advanced_options_config {
    json_parsing = "STANDARD"
    log_level    = "NORMAL"
  }

  rule {
    priority    = 1000
    action      = "deny(403)"
    description = "Bodies that no operation takes"
    match {
      expr {
        expression = "has(request.headers['content-length']) && int(request.headers['content-length']) > ${var.protection.body_bytes}"
      }
    }
  }

  # Webhooks come from few addresses, many a second, and are signed.
  rule {
    priority    = 1500
    action      = "throttle"
    description = "Webhooks of the payment gateway"
    match {
      expr {
        expression = "request.path.startsWith('/v1/webhooks/')"
      }
    }
    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"
      rate_limit_threshold {
        count        = var.protection.webhooks_per_minute
        interval_sec = 60
      }
    }
  }

  dynamic "rule" {
    for_each = { for i, rules in sort(keys(local.attacks)) : rules => 2000 + i }
    content {
      priority    = rule.value
      action      = "deny(403)"
      preview     = !var.protection.waf_blocks
      description = "Known attacks: ${rule.key}"
      match {
        expr {
          expression = "evaluatePreconfiguredWaf('${rule.key}', {'sensitivity': ${local.attacks[rule.key]}})"
        }
      }
    }
  }

  rule {
    priority    = 3000
    action      = "rate_based_ban"
    description = "Requests of one address"
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
    rate_limit_options {
      conform_action   = "allow"
      exceed_action    = "deny(429)"
      enforce_on_key   = "IP"
      ban_duration_sec = 600
      rate_limit_threshold {
        count        = var.protection.requests_per_minute
        interval_sec = 60
      }
      ban_threshold {
        count        = var.protection.ban_requests_per_minute
        interval_sec = 60
      }
    }
  }

  rule {
    priority    = 2147483647
    action      = "allow"
    description = "All else"
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
  }
}
