# The archive of the functions, and the account that builds images from it.

locals {
  archive_name = basename(var.archive)
  archive_url  = "gs://${google_storage_bucket.source.name}/${google_storage_bucket_object.archive.name}"
  images       = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.images.repository_id}"
}

resource "google_storage_bucket" "source" {
  # checkov:skip=CKV_GCP_62:Archives are read by builds only, and Cloud Audit Logs says which
  project                     = var.project
  name                        = "${var.project}-sluice-source"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  labels                      = local.labels

  # An archive is named by its hash, so none is ever written again; older ones are the way back.
  versioning {
    enabled = true
  }
  lifecycle_rule {
    condition {
      age = 365
    }
    action {
      type = "Delete"
    }
  }
  dynamic "encryption" {
    for_each = var.kms_key == null ? [] : [var.kms_key]
    content {
      default_kms_key_name = encryption.value
    }
  }
  depends_on = [google_kms_crypto_key_iam_member.agent]
}

resource "google_storage_bucket_object" "archive" {
  name   = local.archive_name
  bucket = google_storage_bucket.source.name
  source = var.archive
  # What was deployed once stays there, so that going back is an apply with its path.
  deletion_policy = "ABANDON"
}

resource "google_artifact_registry_repository" "images" {
  # checkov:skip=CKV_GCP_84:kms_key sets a key for those who must have one; images hold no data of customers
  project       = var.project
  location      = var.region
  repository_id = "sluice"
  description   = "Images that are built from the archive."
  format        = "DOCKER"
  kms_key_name  = var.kms_key
  labels        = local.labels

  cleanup_policies {
    id     = "keep-ten"
    action = "KEEP"
    most_recent_versions {
      keep_count = 10
    }
  }
  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      older_than = "2592000s"
    }
  }
  depends_on = [time_sleep.apis, google_kms_crypto_key_iam_member.agent]
}

resource "google_service_account" "builder" {
  project      = var.project
  account_id   = "sluice-builder"
  display_name = "Builds Sluice's images"
  description  = "Reads the archive, writes images and the log of the build."
}

locals {
  builder = "serviceAccount:sluice-builder@${var.project}.iam.gserviceaccount.com"
}

resource "google_storage_bucket_iam_member" "builder" {
  bucket     = google_storage_bucket.source.name
  role       = "roles/storage.objectViewer"
  member     = local.builder
  depends_on = [google_service_account.builder]
}

# In the project, but by its condition to the one repository.
resource "google_project_iam_member" "builder_images" {
  project = var.project
  role    = "roles/artifactregistry.writer"
  member  = local.builder
  condition {
    title      = "only_sluice_images"
    expression = "resource.name.startsWith('projects/${var.project}/locations/${var.region}/repositories/sluice')"
  }
  depends_on = [google_service_account.builder]
}

resource "google_project_iam_member" "builder_logs" {
  project    = var.project
  role       = "roles/logging.logWriter"
  member     = local.builder
  depends_on = [google_service_account.builder]
}
