# One function: its account, the service built from the archive, and who may call it.

locals {
  account = "sluice-${var.name}"
  caller  = "sluice-call-${var.name}"
  domain  = "${var.project}.iam.gserviceaccount.com"
}

resource "google_service_account" "function" {
  project      = var.project
  account_id   = local.account
  display_name = "Sluice ${var.name}"
  description  = var.does
}

# Pub/Sub and Cloud Scheduler call as this account, and the function believes no other.
resource "google_service_account" "caller" {
  count        = var.caller ? 1 : 0
  project      = var.project
  account_id   = local.caller
  display_name = "Calls Sluice ${var.name}"
  description  = "Calls the function ${var.name} and may do nothing else."
}

# A Cloud Run function. The older resource, google_cloudfunctions2_function, has no direct way into
# a network in both majors of the provider, so this one builds the archive itself.
resource "google_cloud_run_v2_service" "function" {
  provider             = google-beta
  project              = var.project
  name                 = var.name
  location             = var.region
  description          = var.does
  ingress              = "INGRESS_TRAFFIC_${var.ingress}${var.ingress == "INTERNAL" ? "_ONLY" : ""}"
  iap_enabled          = var.iap
  custom_audiences     = [var.audience]
  invoker_iam_disabled = false
  deletion_protection  = false # It holds nothing: what is kept lies in the database.
  labels               = var.labels

  build_config {
    source_location          = var.build.source
    function_target          = var.name
    image_uri                = "${var.build.images}/${var.name}"
    base_image               = local.base_image
    enable_automatic_updates = true
    service_account          = var.build.account
    environment_variables    = { GOOGLE_FUNCTION_SIGNATURE_TYPE = "http" }
  }

  template {
    service_account                  = "${local.account}@${local.domain}"
    timeout                          = "${var.size.timeout_s}s"
    max_instance_request_concurrency = var.size.concurrency
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"
    encryption_key                   = var.kms_key

    scaling {
      min_instance_count = var.size.min_instances
      max_instance_count = var.size.max_instances
    }

    vpc_access {
      egress = "ALL_TRAFFIC"
      network_interfaces {
        network    = var.network.network
        subnetwork = var.network.subnet
      }
    }

    containers {
      image          = "${var.build.images}/${var.name}"
      base_image_uri = local.base_image

      resources {
        limits            = { cpu = var.size.cpu, memory = var.size.memory }
        cpu_idle          = true # Paid for while a request is worked on, and not between.
        startup_cpu_boost = true
      }

      dynamic "env" {
        for_each = var.environment
        content {
          name  = env.key
          value = env.value
        }
      }
    }
  }

  depends_on = [google_service_account.function]
}

locals {
  base_image = "${var.region}-docker.pkg.dev/serverless-runtimes/google-22-full/runtimes/python312"
}

resource "google_cloud_run_v2_service_iam_member" "caller" {
  for_each = merge(var.invokers, var.caller ? { caller = local.caller_member } : {})
  project  = var.project
  location = var.region
  name     = google_cloud_run_v2_service.function.name
  role     = "roles/run.invoker"
  member   = each.value

  depends_on = [google_service_account.caller]
}

locals {
  caller_member = "serviceAccount:${local.caller}@${local.domain}"
}
