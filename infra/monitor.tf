# The monitor: each hour over all exports, each minute for mail, and whatever the queues gave up.

locals {
  # Cloud Scheduler calls the paths that functions/monitor/main.py knows.
  monitor_jobs = {
    hourly = { schedule = "0 * * * *", does = "Incidents, stops, windows that failed, recounts.", deadline = "1800s" }
    outbox = { schedule = "* * * * *", does = "E-mails and webhooks that are due.", deadline = "300s" }
  }
  monitor_environment = merge(
    {
      DASHBOARD_URL = local.addresses.api
      PROBER_URL    = local.addresses.prober
    },
    var.mail == null ? {} : {
      MAIL_URL             = replace(var.mail.server, "://", "://${var.mail.user}@")
      MAIL_FROM            = var.mail.from
      MAIL_REPLY_TO        = var.mail.reply_to
      MAIL_LIST_ID         = var.mail.list_id
      MAIL_PASSWORD_SECRET = "projects/${var.project}/secrets/${google_secret_manager_secret.mail[0].secret_id}/versions/${var.mail.password_version}"
    },
  )
}

resource "google_cloud_scheduler_job" "monitor" {
  for_each         = local.monitor_jobs
  project          = var.project
  region           = var.region
  name             = "sluice-${each.key}"
  description      = each.value.does
  schedule         = each.value.schedule
  time_zone        = "Etc/UTC"
  attempt_deadline = each.value.deadline

  # The hour's work is done twice without harm; the outbox comes again in a minute.
  retry_config {
    retry_count          = each.key == "hourly" ? 3 : 0
    min_backoff_duration = "60s"
  }
  http_target {
    uri         = "${local.addresses.monitor}/${each.key}"
    http_method = "POST"
    oidc_token {
      service_account_email = module.function["monitor"].caller_email
      audience              = local.addresses.monitor
    }
  }
  depends_on = [time_sleep.apis]
}

# Five deliveries in vain end here, whatever the queue; the tick drives the work itself again.
module "dead_letters" {
  source       = "./modules/queue"
  name         = "dead-letters"
  project      = var.project
  endpoint     = "${local.addresses.monitor}/dead-letters"
  audience     = local.addresses.monitor
  caller       = module.function["monitor"].caller_email
  service      = module.function["monitor"].service
  pubsub_agent = local.agents.pubsub
  publishers   = { pubsub = local.agents.pubsub }
  kms_key      = var.kms_key
  labels       = local.labels
  depends_on   = [google_kms_crypto_key_iam_member.agent, google_project_service_identity.agent]
}

# It recounts delivered days, and makes the plans of supplements as the planner does.
resource "google_project_iam_member" "monitor_jobs" {
  project = var.project
  role    = "roles/bigquery.jobUser"
  member  = module.function["monitor"].member
}

# It ends the publish of an importer that does not come back, and looks whether it was made.
resource "google_project_iam_member" "monitor_jobs_of_others" {
  project = var.project
  role    = "roles/bigquery.resourceViewer"
  member  = module.function["monitor"].member
}

resource "google_bigquery_dataset_iam_member" "monitor_reads" {
  project    = var.project
  dataset_id = google_bigquery_dataset.warehouse.dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = module.function["monitor"].member
}

resource "google_bigquery_dataset_iam_member" "monitor_snapshots" {
  project    = var.project
  dataset_id = google_bigquery_dataset.staging.dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = module.function["monitor"].member
}

# A person adds the password as a version of this secret; Terraform and its state never see it.
resource "google_secret_manager_secret" "mail" {
  count     = var.mail == null ? 0 : 1
  project   = var.project
  secret_id = "mail-password"
  labels    = local.labels
  replication {
    auto {}
  }
  depends_on = [time_sleep.apis]
}

resource "google_secret_manager_secret_iam_member" "mail" {
  count     = var.mail == null ? 0 : 1
  project   = var.project
  secret_id = google_secret_manager_secret.mail[0].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = module.function["monitor"].member
}
