# With a key of one's own: Google's accounts that have to use it.

locals {
  key_users = var.kms_key == null ? {} : {
    pubsub   = "service-${local.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
    storage  = "service-${local.number}@gs-project-accounts.iam.gserviceaccount.com"
    bigquery = "bq-${local.number}@bigquery-encryption.iam.gserviceaccount.com"
    sql      = "service-${local.number}@gcp-sa-cloud-sql.iam.gserviceaccount.com"
    images   = "service-${local.number}@gcp-sa-artifactregistry.iam.gserviceaccount.com"
    run      = "service-${local.number}@serverless-robot-prod.iam.gserviceaccount.com"
  }
}

resource "google_kms_crypto_key_iam_member" "agent" {
  for_each      = local.key_users
  crypto_key_id = var.kms_key
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = "serviceAccount:${each.value}"
  depends_on    = [google_project_service_identity.agent]
}

# Cloud Build reads and writes the grants above.
resource "google_kms_crypto_key_iam_member" "deployer" {
  count         = var.kms_key == null ? 0 : 1
  crypto_key_id = var.kms_key
  role          = "roles/cloudkms.admin"
  member        = local.deployer
  depends_on    = [google_service_account.deployer]
}
