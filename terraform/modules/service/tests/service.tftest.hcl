mock_provider "google" {
  source = "../../testing/mocks"
}

variables {
  name     = "billing"
  project  = { id = "kwipper-test", number = "123456789012" }
  instance = "kwipper"
  database = { version_retention = "168h", protected = true, kms_keys = [] }
  backups  = { full_cron = "0 6,18 * * *", incremental_cron = "0 2,10,14,22 * * *", retention_days = 35 }
  accounts = {
    Pay        = { member = "serviceAccount:fn-pay@kwipper-test.iam.gserviceaccount.com", role = "" }
    PayInvoice = { member = "serviceAccount:fn-pay-invoice@kwipper-test.iam.gserviceaccount.com", role = "starter" }
  }
  topics              = { billing-commands = "billing-commands-dead" }
  persistence_regions = ["asia-northeast1"]
  pushes = {
    "billing-commands.Pay" = {
      topic  = "billing-commands", dead_letter = "billing-commands-dead", function = "Pay"
      filter = "attributes.command = \"DoPayment\"", url = "https://pay-123456789012.asia-northeast1.run.app"
    }
  }
  push    = { ack_deadline_seconds = 600, retention_days = 7, minimum_backoff = "1s", maximum_backoff = "600s", attempts = 20 }
  invoker = "invoker@kwipper-test.iam.gserviceaccount.com"
}

run "planned" {
  command = plan
  assert {
    condition     = google_spanner_database.database.deletion_protection && google_spanner_database.database.enable_drop_protection
    error_message = "The database is not protected."
  }
  assert {
    condition     = google_spanner_backup_schedule.full.retention_duration == "3024000s" && length(google_spanner_backup_schedule.incremental) == 1
    error_message = "Backups are not as asked for."
  }
  assert {
    condition     = keys(google_spanner_database_iam_member.owner) == ["Pay"] && google_spanner_database_iam_member.owner["Pay"].role == "roles/spanner.databaseUser"
    error_message = "Another than the service's own account has all rights."
  }
  assert {
    condition = (
      keys(google_spanner_database_iam_member.limited) == ["PayInvoice"] &&
      google_spanner_database_iam_member.limited["PayInvoice"].role == "roles/spanner.fineGrainedAccessUser" &&
      strcontains(google_spanner_database_iam_member.role["PayInvoice"].condition[0].expression, "endsWith(\"/databaseRoles/starter\")")
    )
    error_message = "An account with a database role may do more than that role."
  }
  assert {
    condition     = toset(keys(google_pubsub_topic.topic)) == toset(["billing-commands", "billing-commands-dead"])
    error_message = "Topics are missing."
  }
}

run "applied" {
  command = apply
  assert {
    condition     = google_pubsub_subscription.push["billing-commands.Pay"].dead_letter_policy[0].dead_letter_topic == google_pubsub_topic.topic["billing-commands-dead"].id
    error_message = "What cannot be delivered goes elsewhere."
  }
  assert {
    condition = alltrue([
      for token in google_pubsub_subscription.push["billing-commands.Pay"].push_config[0].oidc_token :
      token.audience == "https://pay-123456789012.asia-northeast1.run.app" && token.service_account_email == var.invoker
    ])
    error_message = "The token is not the one that the function expects."
  }
  assert {
    condition     = alltrue([for s in concat(values(google_pubsub_subscription.push), values(google_pubsub_subscription.dead)) : s.expiration_policy[0].ttl == ""])
    error_message = "A subscription expires."
  }
  assert {
    condition     = google_pubsub_subscription_iam_member.agent["billing-commands.Pay"].role == "roles/pubsub.subscriber" && google_pubsub_topic_iam_member.agent["billing-commands-dead"].role == "roles/pubsub.publisher"
    error_message = "Pub/Sub may not move dead letters."
  }
  assert {
    condition     = output.dead_letter_subscriptions == ["billing-commands-dead.keep"]
    error_message = "Nothing keeps dead letters."
  }
}

run "a_subscription_by_another_name" {
  command = plan
  variables {
    pushes = { pay = { topic = "billing-commands", dead_letter = "billing-commands-dead", function = "Pay", filter = "", url = "https://pay.example" } }
  }
  expect_failures = [var.pushes]
}

run "a_database_that_nobody_opens" {
  command = plan
  variables {
    accounts = {}
  }
  expect_failures = [var.accounts]
}

run "retention_beyond_spanners" {
  command = plan
  variables {
    database = { version_retention = "169h", protected = true, kms_keys = [] }
  }
  expect_failures = [var.database]
}

run "messages_outliving_barriers" {
  command = plan
  variables {
    push = { ack_deadline_seconds = 600, retention_days = 31, minimum_backoff = "1s", maximum_backoff = "600s", attempts = 20 }
  }
  expect_failures = [var.push]
}
