# The service's database and who opens it. Its schema is in the code (shared/<service>/<service>db), not Terraform's.

resource "google_spanner_database" "database" {
  instance                 = var.instance
  name                     = var.name
  version_retention_period = var.database.version_retention
  enable_drop_protection   = var.database.protected
  deletion_protection      = var.database.protected
  default_time_zone        = "Etc/UTC"

  dynamic "encryption_config" {
    for_each = length(var.database.kms_keys) > 0 ? [1] : []
    content {
      kms_key_names = var.database.kms_keys
    }
  }

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [ddl]
  }
}

resource "google_spanner_backup_schedule" "full" {
  instance           = var.instance
  database           = google_spanner_database.database.name
  name               = "full"
  retention_duration = "${var.backups.retention_days * 86400}s"
  spec {
    cron_spec {
      text = var.backups.full_cron
    }
  }
  full_backup_spec {}
}

resource "google_spanner_backup_schedule" "incremental" {
  count              = var.backups.incremental_cron == null ? 0 : 1
  instance           = var.instance
  database           = google_spanner_database.database.name
  name               = "incremental"
  retention_duration = "${var.backups.retention_days * 86400}s"
  spec {
    cron_spec {
      text = var.backups.incremental_cron
    }
  }
  incremental_backup_spec {}
}

locals {
  owners  = { for function, account in var.accounts : function => account if account.role == "" }
  limited = { for function, account in var.accounts : function => account if account.role != "" }
}

resource "google_spanner_database_iam_member" "owner" {
  for_each = local.owners
  instance = var.instance
  database = google_spanner_database.database.name
  role     = "roles/spanner.databaseUser"
  member   = each.value.member
}

# Those with a database role may do what schema.sql grants to the role, and open no other.
resource "google_spanner_database_iam_member" "limited" {
  for_each = local.limited
  instance = var.instance
  database = google_spanner_database.database.name
  role     = "roles/spanner.fineGrainedAccessUser"
  member   = each.value.member
}

resource "google_spanner_database_iam_member" "role" {
  for_each = local.limited
  instance = var.instance
  database = google_spanner_database.database.name
  role     = "roles/spanner.databaseRoleUser"
  member   = each.value.member
  condition {
    title      = "role ${each.value.role}"
    expression = "resource.type == \"spanner.googleapis.com/DatabaseRole\" && resource.name.endsWith(\"/databaseRoles/${each.value.role}\")"
  }
}
