# Addresses of accounts are put together from names, so that a plan shows them; whoever uses them
# waits for the accounts.

output "email" {
  description = "The function's own account."
  value       = "${local.account}@${local.domain}"
  depends_on  = [google_service_account.function]
}

output "member" {
  description = "The same as IAM names it."
  value       = "serviceAccount:${local.account}@${local.domain}"
  depends_on  = [google_service_account.function]
}

output "caller_email" {
  description = "The account that Pub/Sub and Cloud Scheduler call as."
  value       = "${local.caller}@${local.domain}"
  depends_on  = [google_service_account.caller, google_cloud_run_v2_service_iam_member.caller]
}

output "database_user" {
  description = "The account's name in PostgreSQL, which leaves out the end."
  value       = "${local.account}@${var.project}.iam"
  depends_on  = [google_service_account.function]
}

output "service" {
  description = "The deployed service; whoever asks for it waits until it serves."
  value       = google_cloud_run_v2_service.function.name
}
