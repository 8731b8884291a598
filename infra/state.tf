# State: PostgreSQL in Cloud SQL, reached over a private address by IAM accounts without passwords.

locals {
  database = { instance = "sluice", name = "sluice", owner = "sluice-owner" }
}

resource "google_sql_database_instance" "state" {
  # checkov:skip=CKV_GCP_6:ssl_mode asks for TLS; the check looks for an argument that is gone
  # checkov:skip=CKV_GCP_108:Only functions connect, from a private range in which addresses have no names to look up
  # checkov:skip=CKV_GCP_109:Statements that fail would be written with their values, which may be customers'
  # checkov:skip=CKV_GCP_110:The audit log of Sluice says who changed what; the database has no users but the functions
  # checkov:skip=CKV2_GCP_13:log_duration would write a line a statement, thousands a second while a large run is written
  project             = var.project
  name                = local.database.instance
  region              = var.region
  database_version    = "POSTGRES_18"
  deletion_protection = var.database.protected
  encryption_key_name = var.kms_key

  settings {
    tier                        = var.database.tier
    edition                     = "ENTERPRISE"
    availability_type           = var.database.availability
    disk_type                   = "PD_SSD"
    disk_size                   = var.database.disk_gb
    disk_autoresize             = true
    deletion_protection_enabled = var.database.protected
    user_labels                 = local.labels

    ip_configuration {
      ipv4_enabled    = false
      private_network = google_compute_network.sluice.id
      ssl_mode        = "ENCRYPTED_ONLY"
    }
    backup_configuration {
      enabled                        = true
      start_time                     = "02:00"
      point_in_time_recovery_enabled = true
      transaction_log_retention_days = 7
      backup_retention_settings {
        retained_backups = var.database.backups
      }
    }
    maintenance_window {
      day          = 7
      hour         = 3
      update_track = "stable"
    }
    insights_config {
      query_insights_enabled = true
    }
    # Functions log in as their own accounts, with a token that lives an hour.
    database_flags {
      name  = "cloudsql.iam_authentication"
      value = "on"
    }
    # Who came and went, what waited, and what changed tables. Statements are ours and hold values
    # of customers, so they are not written down.
    database_flags {
      name  = "log_connections"
      value = "on"
    }
    database_flags {
      name  = "log_disconnections"
      value = "on"
    }
    database_flags {
      name  = "log_checkpoints"
      value = "on"
    }
    database_flags {
      name  = "log_lock_waits"
      value = "on"
    }
    database_flags {
      name  = "log_temp_files"
      value = "0"
    }
    database_flags {
      name  = "log_statement"
      value = "ddl"
    }
    database_flags {
      name  = "log_min_messages"
      value = "error"
    }
    # A statement that fails would else be written down with its values.
    database_flags {
      name  = "log_min_error_statement"
      value = "panic"
    }
    database_flags {
      name  = "log_min_duration_statement"
      value = "-1"
    }
  }
  lifecycle {
    # It grows by itself, and never becomes smaller.
    ignore_changes = [settings[0].disk_size]
  }
  depends_on = [google_service_networking_connection.database, google_kms_crypto_key_iam_member.agent]
}

resource "google_sql_database" "state" {
  project         = var.project
  name            = local.database.name
  instance        = google_sql_database_instance.state.name
  deletion_policy = "ABANDON"
}

# Named one by one: Terraform would take a name in a variable for the whole module, which waits for
# these users.
locals {
  database_users = {
    scheduler = module.function["scheduler"].database_user
    planner   = module.function["planner"].database_user
    worker    = module.function["worker"].database_user
    importer  = module.function["importer"].database_user
    monitor   = module.function["monitor"].database_user
    prober    = module.function["prober"].database_user
    api       = module.function["api"].database_user
  }
}

resource "google_sql_user" "function" {
  for_each = local.database_users
  project  = var.project
  instance = google_sql_database_instance.state.name
  name     = each.value
  type     = "CLOUD_IAM_SERVICE_ACCOUNT"
  # PostgreSQL removes no user that something was granted to.
  deletion_policy = "ABANDON"
}

# The tables belong to a user of their own, with a password that one job reads: IAM users cannot
# make tables in a new database, and functions have no business changing them.
resource "random_password" "owner" {
  length  = 40
  special = false
}

resource "google_sql_user" "owner" {
  project  = var.project
  instance = google_sql_database_instance.state.name
  name     = local.database.owner
  password = random_password.owner.result
  # The same.
  deletion_policy = "ABANDON"
}

resource "google_secret_manager_secret" "owner" {
  project   = var.project
  secret_id = "database-owner"
  labels    = local.labels
  replication {
    auto {}
  }
  depends_on = [time_sleep.apis]
}

resource "google_secret_manager_secret_version" "owner" {
  secret      = google_secret_manager_secret.owner.id
  secret_data = random_password.owner.result
}
