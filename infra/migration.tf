# Before a new archive serves, a job made from it brings the tables to its version.

resource "google_service_account" "migrator" {
  project      = var.project
  account_id   = "sluice-migrator"
  display_name = "Migrates Sluice's state"
  description  = "Runs the job that changes tables; reads the password of their owner."
}

resource "google_secret_manager_secret_iam_member" "migrator" {
  project    = var.project
  secret_id  = google_secret_manager_secret.owner.secret_id
  role       = "roles/secretmanager.secretAccessor"
  member     = "serviceAccount:sluice-migrator@${var.project}.iam.gserviceaccount.com"
  depends_on = [google_service_account.migrator]
}

# Functions take the archive's address from here, so none of them changes before the job has ended
# well. A job that fails ends the apply, and the old version goes on serving: migrations only add
# what the version before does not mind (docs/upgrade.md).
resource "terraform_data" "migration" {
  input            = local.archive_url
  triggers_replace = [local.archive_name, values(local.database_users)]

  provisioner "local-exec" {
    command = "${path.module}/tools/migrate.sh"
    environment = {
      PROJECT       = var.project
      REGION        = var.region
      ARCHIVE       = local.archive_url
      ACCOUNT       = google_service_account.migrator.email
      BUILD_ACCOUNT = google_service_account.builder.id
      IMAGE         = "${local.images}/migrate"
      NETWORK       = google_compute_network.sluice.name
      SUBNET        = google_compute_subnetwork.inward.name
      SECRET        = google_secret_manager_secret.owner.secret_id
      STATE_URL     = "postgresql+psycopg://${local.database.owner}@${google_sql_database_instance.state.private_ip_address}/${local.database.name}?sslmode=require"
      STATE_USERS   = join(",", values(local.database_users))
    }
  }
  depends_on = [
    google_compute_router_nat.egress, google_secret_manager_secret_iam_member.migrator,
    google_secret_manager_secret_version.owner, google_sql_database.state, google_sql_user.function,
    google_sql_user.owner, google_project_iam_member.builder_images, google_storage_bucket_iam_member.builder,
  ]
}
