# What Pub/Sub and Cloud Scheduler have been promised by the code, in a plan of tests/check.tfvars.

mock_provider "google" {}
mock_provider "google-beta" {}
mock_provider "random" {}
mock_provider "time" {}

run "queues" {
  command = plan

  assert {
    condition = alltrue([for queue in [module.windows, module.slices, module.imports, module.dead_letters] :
    queue.subscription != ""])
    error_message = "Each flow needs its subscription."
  }
}

run "windows_are_pushed_as_the_code_expects" {
  command = plan
  module {
    source = "./modules/queue"
  }
  variables {
    name         = "export-windows"
    project      = "sluice-check"
    endpoint     = "https://planner-1.europe-west1.run.app"
    audience     = "https://planner-1.europe-west1.run.app"
    caller       = "sluice-call-planner@sluice-check.iam.gserviceaccount.com"
    service      = "planner"
    dead_letters = { topic = "projects/sluice-check/topics/dead-letters" }
    pubsub_agent = "serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com"
    publishers   = { scheduler = "serviceAccount:sluice-scheduler@sluice-check.iam.gserviceaccount.com" }
    kms_key      = null
    labels       = {}
  }

  assert {
    condition     = google_pubsub_subscription.push.ack_deadline_seconds == 600
    error_message = "A push may take 600 s: leases and deadlines of the code rely on it."
  }
  assert {
    condition     = google_pubsub_subscription.push.message_retention_duration == "604800s"
    error_message = "Messages have to be kept for 7 days."
  }
  assert {
    condition     = google_pubsub_subscription.push.dead_letter_policy[0].max_delivery_attempts == 5
    error_message = "After five deliveries a message is a dead letter."
  }
  assert {
    condition     = google_pubsub_subscription.push.push_config[0].oidc_token[0].service_account_email == var.caller
    error_message = "Pushes have to come as the account that the function believes."
  }
  assert {
    condition     = google_pubsub_subscription.push.expiration_policy[0].ttl == ""
    error_message = "A subscription must not expire while nothing is exported."
  }
  assert {
    condition     = google_pubsub_subscription.push.retry_policy[0].minimum_backoff == "10s"
    error_message = "Deliveries have to be repeated with growing pauses."
  }
  assert {
    condition     = google_pubsub_subscription_iam_member.agent[0].role == "roles/pubsub.subscriber"
    error_message = "Pub/Sub has to be able to move dead letters."
  }
}

run "ticks" {
  command = plan

  assert {
    condition     = google_cloud_scheduler_job.tick.schedule == "* * * * *" && google_cloud_scheduler_job.tick.time_zone == "Etc/UTC"
    error_message = "There is a tick each minute, in UTC."
  }
  assert {
    condition     = google_cloud_scheduler_job.monitor["hourly"].schedule == "0 * * * *" && endswith(google_cloud_scheduler_job.monitor["hourly"].http_target[0].uri, "/hourly")
    error_message = "The monitor runs each hour."
  }
  assert {
    condition     = google_cloud_scheduler_job.tick.http_target[0].oidc_token[0].service_account_email == "sluice-call-scheduler@sluice-check.iam.gserviceaccount.com"
    error_message = "The tick has an account of its own."
  }
}
