# Where data lies and how it is kept, in a plan of tests/check.tfvars.

mock_provider "google" {}
mock_provider "google-beta" {}
mock_provider "random" {}
mock_provider "time" {}

run "warehouse" {
  command = plan

  assert {
    condition     = jsondecode(google_bigquery_table.warehouse["events"].schema) == jsondecode(file("../shared/warehouse_schema.json")).events.schema
    error_message = "Tables come from the one schema file."
  }
  assert {
    condition     = google_bigquery_table.warehouse["events"].time_partitioning[0].field == "ingested_at" && google_bigquery_table.warehouse["profiles"].clustering[0] == "account_id"
    error_message = "Windows are cut over the arrival time, and every query names an account first."
  }
  assert {
    condition     = google_bigquery_dataset.staging.default_table_expiration_ms == 9 * 24 * 3600 * 1000
    error_message = "What is left in staging has to expire, a day after the snapshots that the code makes."
  }
  assert {
    condition     = google_bigquery_table.warehouse["events"].deletion_protection
    error_message = "No apply may delete the warehouse."
  }
}

run "state" {
  command = plan

  assert {
    condition     = google_sql_database_instance.state.settings[0].ip_configuration[0].ipv4_enabled == false
    error_message = "The database has no public address."
  }
  assert {
    condition     = google_sql_database_instance.state.settings[0].backup_configuration[0].point_in_time_recovery_enabled && google_sql_database_instance.state.deletion_protection
    error_message = "The database can be brought back to any moment, and is not deleted by an apply."
  }
  assert {
    condition     = alltrue([for user in google_sql_user.function : user.type == "CLOUD_IAM_SERVICE_ACCOUNT" && user.password == null])
    error_message = "Functions log in without passwords."
  }
}

run "network" {
  command = plan

  assert {
    condition     = !google_compute_subnetwork.outward.private_ip_google_access
    error_message = "Customers see our addresses only while Private Google Access is off."
  }
  assert {
    condition     = google_compute_router_nat.egress.nat_ip_allocate_option == "MANUAL_ONLY" && length(google_compute_address.egress) == 2
    error_message = "Requests leave from reserved addresses."
  }
}

run "subnets" {
  command = plan

  assert {
    condition     = alltrue([for name in local.callers.prober : local.functions[name].subnet == "inward"])
    error_message = "The prober takes calls from inside only, and those come by Private Google Access."
  }
  assert {
    condition     = alltrue([for name in local.secret_readers : local.functions[name].subnet == "outward"])
    error_message = "Whoever opens what is customers' has to come from the addresses that they allow."
  }
}

run "without_what_is_optional" {
  command = plan
  variables {
    billing_account = null
    kms_key         = null
    repository      = null
    mail            = null
    members         = []
  }

  assert {
    condition     = length(google_billing_budget.month) + length(google_cloudbuild_trigger.deploy) + length(google_kms_crypto_key_iam_member.agent) == 0
    error_message = "Budget, trigger and key are optional."
  }
}
