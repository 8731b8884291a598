# Exports: a tick a minute, runs to the planner, slices to the worker.

resource "google_cloud_scheduler_job" "tick" {
  project          = var.project
  region           = var.region
  name             = "sluice-tick"
  description      = "Windows that are due, and all work that waits."
  schedule         = "* * * * *"
  time_zone        = "Etc/UTC" # Clocks that change would skip a tick or double it.
  attempt_deadline = "300s"

  # The next minute brings the next tick, which does what this one could not.
  retry_config {
    retry_count = 0
  }
  http_target {
    uri         = local.addresses.scheduler
    http_method = "POST"
    oidc_token {
      service_account_email = module.function["scheduler"].caller_email
      audience              = local.addresses.scheduler
    }
  }
  depends_on = [time_sleep.apis]
}

module "windows" {
  source       = "./modules/queue"
  name         = "export-windows"
  project      = var.project
  endpoint     = local.addresses.planner
  audience     = local.addresses.planner
  caller       = module.function["planner"].caller_email
  service      = module.function["planner"].service
  dead_letters = { topic = module.dead_letters.topic }
  pubsub_agent = local.agents.pubsub
  publishers = {
    scheduler = module.function["scheduler"].member # Runs that are due or wait.
    api       = module.function["api"].member       # Run now, retry, replay.
    monitor   = module.function["monitor"].member   # Windows that failed, in order; supplements.
    planner   = module.function["planner"].member   # A replay whose last slice it wrote itself ...
    worker    = module.function["worker"].member    # ... or a worker: it is to be compared.
  }
  kms_key    = var.kms_key
  labels     = local.labels
  depends_on = [google_kms_crypto_key_iam_member.agent]
}

module "slices" {
  source       = "./modules/queue"
  name         = "export-slices"
  project      = var.project
  endpoint     = local.addresses.worker
  audience     = local.addresses.worker
  caller       = module.function["worker"].caller_email
  service      = module.function["worker"].service
  dead_letters = { topic = module.dead_letters.topic }
  pubsub_agent = local.agents.pubsub
  publishers = {
    planner   = module.function["planner"].member   # The slices of a run that was cut.
    scheduler = module.function["scheduler"].member # Slices that waited too long.
    monitor   = module.function["monitor"].member   # The same, after what it mended.
  }
  kms_key    = var.kms_key
  labels     = local.labels
  depends_on = [google_kms_crypto_key_iam_member.agent]
}

# Planner: counts and freezes windows with query jobs, reads the warehouse, writes to staging.
resource "google_project_iam_member" "planner_jobs" {
  project = var.project
  role    = "roles/bigquery.jobUser"
  member  = module.function["planner"].member
}

resource "google_bigquery_dataset_iam_member" "planner_reads" {
  project    = var.project
  dataset_id = google_bigquery_dataset.warehouse.dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = module.function["planner"].member
}

resource "google_bigquery_dataset_iam_member" "planner_writes" {
  project    = var.project
  dataset_id = google_bigquery_dataset.staging.dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = module.function["planner"].member
}

# Worker: reads its slice of a snapshot through the Read API; the last one drops the snapshot.
resource "google_project_iam_member" "worker_reads" {
  project = var.project
  role    = "roles/bigquery.readSessionUser"
  member  = module.function["worker"].member
}

resource "google_bigquery_dataset_iam_member" "worker_writes" {
  project    = var.project
  dataset_id = google_bigquery_dataset.staging.dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = module.function["worker"].member
}
