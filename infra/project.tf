# What the project must have switched on, and names that all files use.

data "google_project" "this" {
  count      = var.project_number == null ? 1 : 0
  project_id = var.project
}

locals {
  labels = merge({ app = "sluice" }, var.labels)
  number = var.project_number == null ? data.google_project.this[0].number : var.project_number

  # Google's own accounts that act for us.
  agents = {
    pubsub = "serviceAccount:service-${local.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
    iap    = "serviceAccount:service-${local.number}@gcp-sa-iap.iam.gserviceaccount.com"
  }

  apis = [
    "artifactregistry", "bigquery", "bigquerystorage", "billingbudgets", "cloudbuild", "cloudkms",
    "cloudresourcemanager", "cloudscheduler", "compute", "iam", "iamcredentials", "iap", "logging",
    "monitoring", "pubsub", "run", "secretmanager", "servicenetworking", "sqladmin", "storage",
  ]
}

resource "google_project_service" "api" {
  for_each           = toset(local.apis)
  project            = var.project
  service            = "${each.value}.googleapis.com"
  disable_on_destroy = false
}

# An API that was switched on a moment ago may still refuse the first call.
resource "time_sleep" "apis" {
  create_duration = "60s"
  depends_on      = [google_project_service.api]
}

# These accounts exist once something asked for them; grants to an account that is not there fail.
resource "google_project_service_identity" "agent" {
  provider   = google-beta
  for_each   = toset(concat(["pubsub", "iap"], var.kms_key == null ? [] : ["sqladmin", "artifactregistry", "run"]))
  project    = var.project
  service    = "${each.value}.googleapis.com"
  depends_on = [time_sleep.apis]
}
