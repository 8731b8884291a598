# The api behind Identity-Aware Proxy: who gets in, and what it may see of the warehouse.

locals {
  api_environment = merge({
    IAP_AUDIENCE        = "/projects/${local.number}/locations/${var.region}/services/api"
    API_AUDIENCE        = local.addresses.api
    PROBER_URL          = local.addresses.prober
    EGRESS_ADDRESSES    = join(",", google_compute_address.egress[*].address)
    IMPERSONATORS       = join(",", local.impersonators)
    SLUICE_ADMIN_EMAIL  = var.admin_email
    SLUICE_ACCOUNT_ID   = tostring(var.account.id)
    SLUICE_ACCOUNT_NAME = var.account.name
    SLUICE_TIME_ZONE    = var.account.time_zone
  }, var.account.database_id == null ? {} : { SLUICE_DATABASE_ID = var.account.database_id })
}

# Through the proxy; what somebody may do inside is his role in Sluice.
resource "google_iap_web_cloud_run_service_iam_member" "member" {
  for_each               = toset(concat(["user:${var.admin_email}"], var.members))
  project                = var.project
  location               = var.region
  cloud_run_service_name = module.function["api"].service
  role                   = "roles/iap.httpsResourceAccessor"
  member                 = each.value
}

# Previews: the first rows of an export that is not there yet, bounded in rows and billed bytes.
resource "google_project_iam_member" "api_jobs" {
  project = var.project
  role    = "roles/bigquery.jobUser"
  member  = module.function["api"].member
}

resource "google_bigquery_dataset_iam_member" "api_reads" {
  project    = var.project
  dataset_id = google_bigquery_dataset.warehouse.dataset_id
  role       = "roles/bigquery.dataViewer"
  member     = module.function["api"].member
}

# The prober takes calls of these two and of nobody else.
resource "google_cloud_run_v2_service_iam_member" "prober" {
  for_each = toset(local.callers.prober)
  project  = var.project
  location = var.region
  name     = module.function["prober"].service
  role     = "roles/run.invoker"
  member   = module.function[each.key].member
}
