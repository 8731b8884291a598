# Who may do what with customers' keys, which lie in Secret Manager, one secret a bucket or connection.

locals {
  # Names that the code gives to secrets of customers.
  customer_secrets = [for kind in ["bucket", "connection"] : "projects/${local.number}/secrets/${kind}-"]
  secret_readers   = ["planner", "worker", "importer", "prober"]
  # The same act as customers' accounts where there is no key. The api shows customers whom to allow.
  impersonators = [for name in local.secret_readers : "sluice-${name}@${var.project}.iam.gserviceaccount.com"]
}

# The api makes secrets and adds versions, and destroys those that were replaced. It cannot read
# one: none of these permissions shows a value.
resource "google_project_iam_custom_role" "secret_writer" {
  project     = var.project
  role_id     = "sluiceSecretWriter"
  title       = "Sluice secret writer"
  description = "Makes secrets, adds and destroys versions, and reads none."
  permissions = ["secretmanager.secrets.create", "secretmanager.versions.add", "secretmanager.versions.destroy"]
}

resource "google_project_iam_member" "secret_writer" {
  project = var.project
  role    = "projects/${var.project}/roles/${google_project_iam_custom_role.secret_writer.role_id}"
  member  = module.function["api"].member
}

# These open customers' buckets and datasets. Of other secrets, such as the owner of the tables or
# the password of the mail server, they see nothing.
resource "google_project_iam_member" "secret_reader" {
  for_each = toset(local.secret_readers)
  project  = var.project
  role     = "roles/secretmanager.secretAccessor"
  member   = module.function[each.key].member
  condition {
    title      = "only_keys_of_customers"
    expression = join(" || ", [for prefix in local.customer_secrets : "resource.name.startsWith('${prefix}')"])
  }
}

# The monitor signs webhooks with their secrets, and destroys those that were replaced.
resource "google_project_iam_custom_role" "secret_destroyer" {
  project     = var.project
  role_id     = "sluiceSecretDestroyer"
  title       = "Sluice secret destroyer"
  description = "Destroys versions of secrets."
  permissions = ["secretmanager.versions.destroy"]
}

resource "google_project_iam_member" "webhook_secrets" {
  for_each = {
    reads    = "roles/secretmanager.secretAccessor"
    destroys = "projects/${var.project}/roles/${google_project_iam_custom_role.secret_destroyer.role_id}"
  }
  project = var.project
  role    = each.value
  member  = module.function["monitor"].member
  condition {
    title      = "only_webhooks"
    expression = "resource.name.startsWith('projects/${local.number}/secrets/webhook-')"
  }
}
