# The warehouse in BigQuery: its tables come from the one schema file that the code reads, too.

locals {
  datasets = { warehouse = "sluice_warehouse", staging = "sluice_staging" }
  tables   = jsondecode(file("${path.module}/../shared/warehouse_schema.json"))
}

resource "google_bigquery_dataset" "warehouse" {
  # checkov:skip=CKV_GCP_81:kms_key sets a key for those who must have one
  project               = var.project
  dataset_id            = local.datasets.warehouse
  description           = "Events and profiles of all accounts."
  location              = var.bigquery_location
  max_time_travel_hours = "168" # A plan reads as of its freeze, up to 6.5 days later.
  labels                = local.labels

  dynamic "default_encryption_configuration" {
    for_each = var.kms_key == null ? [] : [var.kms_key]
    content {
      kms_key_name = default_encryption_configuration.value
    }
  }
  depends_on = [time_sleep.apis, google_kms_crypto_key_iam_member.agent]
}

resource "google_bigquery_table" "warehouse" {
  # checkov:skip=CKV_GCP_80:The dataset sets the key of all its tables
  for_each            = local.tables
  project             = var.project
  dataset_id          = google_bigquery_dataset.warehouse.dataset_id
  table_id            = each.key
  description         = each.value.description
  schema              = jsonencode(each.value.schema)
  clustering          = each.value.clustering
  deletion_protection = true
  labels              = local.labels

  time_partitioning {
    type  = each.value.time_partitioning.type
    field = each.value.time_partitioning.field
  }
}

# What lies here is made from the warehouse and can be made again: snapshots of runs, loads.
resource "google_bigquery_dataset" "staging" {
  # checkov:skip=CKV_GCP_81:kms_key sets a key for those who must have one
  project     = var.project
  dataset_id  = local.datasets.staging
  description = "Snapshots of runs; whatever is older than nine days is gone."
  location    = var.bigquery_location
  # A day more than a snapshot lives: this only catches what a crash left behind.
  default_table_expiration_ms = 9 * 24 * 3600 * 1000
  max_time_travel_hours       = "48" # The least; nobody looks at yesterday's snapshot.
  labels                      = local.labels

  dynamic "default_encryption_configuration" {
    for_each = var.kms_key == null ? [] : [var.kms_key]
    content {
      kms_key_name = default_encryption_configuration.value
    }
  }
  depends_on = [time_sleep.apis, google_kms_crypto_key_iam_member.agent]
}
