# Imports: runs to the importer, which reads customers' datasets and adds to the warehouse.

module "imports" {
  source       = "./modules/queue"
  name         = "import-runs"
  project      = var.project
  endpoint     = local.addresses.importer
  audience     = local.addresses.importer
  caller       = module.function["importer"].caller_email
  service      = module.function["importer"].service
  dead_letters = { topic = module.dead_letters.topic }
  pubsub_agent = local.agents.pubsub
  publishers = {
    scheduler = module.function["scheduler"].member # Import runs that are due or wait.
    api       = module.function["api"].member       # Run now.
  }
  kms_key    = var.kms_key
  labels     = local.labels
  depends_on = [google_kms_crypto_key_iam_member.agent]
}

resource "google_project_iam_member" "importer_jobs" {
  project = var.project
  role    = "roles/bigquery.jobUser"
  member  = module.function["importer"].member
}

resource "google_bigquery_dataset_iam_member" "importer_writes" {
  for_each   = local.datasets
  project    = var.project
  dataset_id = each.key == "warehouse" ? google_bigquery_dataset.warehouse.dataset_id : google_bigquery_dataset.staging.dataset_id
  role       = "roles/bigquery.dataEditor"
  member     = module.function["importer"].member
}
