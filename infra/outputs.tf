output "dashboard" {
  description = "Where the first admin signs in."
  value       = local.addresses.api
  depends_on  = [google_iap_web_cloud_run_service_iam_member.member]
}

output "egress_addresses" {
  description = "Addresses that customers allow in their lists; the dashboard and the API show them, too."
  value       = google_compute_address.egress[*].address
}

output "impersonators" {
  description = "Accounts that a customer without a key grants Service Account Token Creator on his own account."
  value       = [for name in local.secret_readers : module.function[name].email]
}

output "warehouse" {
  description = "Dataset that events and profiles are loaded into, and the address for `load`."
  value = {
    dataset = "${var.project}.${local.datasets.warehouse}"
    url     = local.shared_environment.WAREHOUSE_URL
  }
}

output "archive" {
  description = "What is deployed; to go back, apply the path of an earlier one."
  value       = local.archive_url
}

output "functions" {
  description = "The deployed functions with their accounts."
  value       = { for name in keys(local.functions) : name => module.function[name].email }
}
