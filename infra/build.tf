# Cloud Build: deploys what is on the main branch once somebody approved its plan.

locals {
  deployer = "serviceAccount:sluice-deployer@${var.project}.iam.gserviceaccount.com"

  # What `terraform apply` of this folder touches, and the logs of the build itself.
  deployer_roles = toset([
    "roles/artifactregistry.admin",
    "roles/cloudbuild.builds.editor",
    "roles/cloudscheduler.admin",
    "roles/cloudsql.admin",
    "roles/compute.networkAdmin",
    "roles/iam.roleAdmin",
    "roles/iam.serviceAccountAdmin",
    "roles/iap.admin",
    "roles/logging.configWriter",
    "roles/logging.logWriter",
    "roles/monitoring.editor",
    "roles/pubsub.admin",
    "roles/run.admin",
    "roles/servicenetworking.networksAdmin",
    "roles/serviceusage.serviceUsageAdmin",
  ])

  # The only roles it may hand out in the project: those that this folder hands out.
  handed_out = [
    "roles/artifactregistry.writer", "roles/bigquery.jobUser", "roles/bigquery.readSessionUser",
    "roles/cloudsql.client", "roles/cloudsql.instanceUser", "roles/logging.logWriter",
    "roles/secretmanager.secretAccessor",
    "projects/${var.project}/roles/${google_project_iam_custom_role.secret_writer.role_id}",
    "projects/${var.project}/roles/${google_project_iam_custom_role.secret_destroyer.role_id}",
  ]
  acted_as = merge(
    { for name in ["builder", "migrator"] : name => "sluice-${name}" },
    { for name in keys(local.functions) : name => "sluice-${name}" },
    { for name in keys(local.functions) : "calls ${name}" => "sluice-call-${name}" if !contains(local.uncalled, name) },
  )
}

resource "google_service_account" "deployer" {
  project      = var.project
  account_id   = "sluice-deployer"
  display_name = "Deploys Sluice"
  description  = "Cloud Build acts as it; see infra/README.md for what it may do."
}

resource "google_project_iam_member" "deployer" {
  # checkov:skip=CKV_GCP_42:It manages accounts, buckets and functions of this project: that is its work, and no person has its key
  # checkov:skip=CKV_GCP_49:The same
  # checkov:skip=CKV_GCP_117:None of these is a basic role
  for_each   = local.deployer_roles
  project    = var.project
  role       = each.value
  member     = local.deployer
  depends_on = [google_service_account.deployer]
}

# Datasets and tables without the rows in them: no predefined role makes this difference.
resource "google_project_iam_custom_role" "dataset_keeper" {
  project     = var.project
  role_id     = "sluiceDatasetKeeper"
  title       = "Sluice dataset keeper"
  description = "Makes and changes datasets and tables, and reads no row."
  permissions = [
    "bigquery.datasets.create", "bigquery.datasets.get", "bigquery.datasets.getIamPolicy",
    "bigquery.datasets.setIamPolicy", "bigquery.datasets.update", "bigquery.tables.create",
    "bigquery.tables.get", "bigquery.tables.list", "bigquery.tables.update",
  ]
}

resource "google_project_iam_member" "deployer_datasets" {
  project    = var.project
  role       = "projects/${var.project}/roles/${google_project_iam_custom_role.dataset_keeper.role_id}"
  member     = local.deployer
  depends_on = [google_service_account.deployer]
}

# Its own secrets, and to make new ones, which is asked of the project; none of customers.
resource "google_project_iam_member" "deployer_secrets" {
  # checkov:skip=CKV_GCP_42:The condition leaves it this folder's own secrets
  project = var.project
  role    = "roles/secretmanager.admin"
  member  = local.deployer
  condition {
    title = "only_own_secrets"
    expression = join(" || ", concat(
      ["resource.type == 'cloudresourcemanager.googleapis.com/Project'"],
      [for name in ["database-owner", "mail-password"] : "resource.name.startsWith('projects/${local.number}/secrets/${name}')"],
    ))
  }
  depends_on = [google_service_account.deployer]
}

# It may not make itself owner, nor anybody: the condition names the roles it may grant.
resource "google_project_iam_member" "deployer_grants" {
  # checkov:skip=CKV_GCP_42:The condition allows to grant the roles of this folder only
  # checkov:skip=CKV_GCP_49:The same
  project = var.project
  role    = "roles/resourcemanager.projectIamAdmin"
  member  = local.deployer
  condition {
    title      = "only_roles_of_sluice"
    expression = "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([${join(", ", [for role in local.handed_out : "'${role}'"])}])"
  }
  depends_on = [google_service_account.deployer]
}

# To start a function, a push or a job as an account one has to be allowed to act as it.
resource "google_service_account_iam_member" "deployer" {
  for_each           = local.acted_as
  service_account_id = "projects/${var.project}/serviceAccounts/${each.value}@${var.project}.iam.gserviceaccount.com"
  role               = "roles/iam.serviceAccountUser"
  member             = local.deployer
  depends_on = [
    google_service_account.builder, google_service_account.migrator,
    google_service_account.deployer, module.function,
  ]
}

# The archive, and Terraform's state, which holds the password of the tables' owner.
resource "google_storage_bucket_iam_member" "deployer" {
  for_each   = { source = google_storage_bucket.source.name, state = var.state_bucket }
  bucket     = each.value
  role       = each.key == "source" ? "roles/storage.admin" : "roles/storage.objectAdmin"
  member     = local.deployer
  depends_on = [google_service_account.deployer]
}

locals {
  substitutions = {
    _REGION       = var.region
    _STATE_BUCKET = var.state_bucket
    _SOURCE       = google_storage_bucket.source.name
  }
}

# A push to main: checks, tests, archive, plan; at its end it asks for the trigger below. In a
# preview project: a pull request, deployed without being asked about.
resource "google_cloudbuild_trigger" "deploy" {
  count           = var.repository == null ? 0 : 1
  project         = var.project
  location        = var.region
  name            = "sluice-deploy"
  description     = var.preview ? "Deploys pull requests into this project." : "Checks, tests, builds the archive and plans."
  filename        = var.preview ? "cloudbuild.preview.yaml" : "cloudbuild.yaml"
  service_account = google_service_account.deployer.id
  substitutions   = local.substitutions

  repository_event_config {
    repository = var.repository
    dynamic "push" {
      for_each = var.preview ? [] : ["^main$"]
      content {
        branch = push.value
      }
    }
    dynamic "pull_request" {
      for_each = var.preview ? ["^main$"] : []
      content {
        branch          = pull_request.value
        comment_control = "COMMENTS_ENABLED"
      }
    }
  }
}

# Applies a plan that was made above, and no other, once somebody approved it.
resource "google_cloudbuild_trigger" "apply" {
  count           = var.repository == null || var.preview ? 0 : 1
  project         = var.project
  location        = var.region
  name            = "sluice-apply"
  description     = "Applies a plan that somebody approved."
  service_account = google_service_account.deployer.id
  substitutions   = merge(local.substitutions, { _PLAN = "none" })

  approval_config {
    approval_required = true
  }
  source_to_build {
    repository = var.repository
    ref        = "refs/heads/main"
    repo_type  = var.repository_kind
  }
  git_file_source {
    path       = "infra/apply.cloudbuild.yaml"
    repository = var.repository
    revision   = "refs/heads/main"
    repo_type  = var.repository_kind
  }
}
