mock_provider "google" {
  source = "../../testing/mocks"
}

variables {
  region                     = "asia-northeast1"
  queues                     = { renewals-0 = "ring", renewals-1 = "ring", payment-retries = "single" }
  renewals_per_second        = 700
  payment_retries_per_second = 20
  jobs                       = { ResumeSagas = { cron = "* * * * *", url = "https://resume-sagas-1.asia-northeast1.run.app", timeout_seconds = 300 } }
  invoker                    = "invoker@kwipper-test.iam.gserviceaccount.com"
  paused                     = false
}

run "planned" {
  command = plan
  assert {
    condition     = google_cloud_tasks_queue.queue["renewals-1"].rate_limits[0].max_dispatches_per_second == 350 && google_cloud_tasks_queue.queue["payment-retries"].rate_limits[0].max_dispatches_per_second == 20
    error_message = "Rates are not shared among the ring's queues."
  }
  assert {
    condition     = google_cloud_scheduler_job.job["ResumeSagas"].name == "resume-sagas" && google_cloud_scheduler_job.job["ResumeSagas"].attempt_deadline == "300s"
    error_message = "The job is another."
  }
}

run "applied" {
  command = apply
  assert {
    condition     = output.ring_per_second == 700
    error_message = "The ring's rates do not add up."
  }
  assert {
    condition     = google_cloud_scheduler_job.job["ResumeSagas"].http_target[0].oidc_token[0].audience == "https://resume-sagas-1.asia-northeast1.run.app"
    error_message = "The token is for another address than the one called."
  }
}

run "held_back" {
  command = apply
  variables {
    paused = true
  }
  assert {
    condition     = google_cloud_scheduler_job.job["ResumeSagas"].paused && google_cloud_tasks_queue.queue["renewals-0"].desired_state == "PAUSED"
    error_message = "Not everything is held back."
  }
}

run "faster_than_a_queue" {
  command = plan
  variables {
    renewals_per_second = 1200
  }
  expect_failures = [google_cloud_tasks_queue.queue["renewals-0"], google_cloud_tasks_queue.queue["renewals-1"]]
}
