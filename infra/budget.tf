# Optional: says when the month costs more than was thought. It stops nothing.

resource "google_billing_budget" "month" {
  count           = var.billing_account == null ? 0 : 1
  billing_account = var.billing_account
  display_name    = "Sluice in ${var.project}"

  budget_filter {
    projects = ["projects/${local.number}"]
  }
  amount {
    specified_amount {
      units = tostring(floor(var.budget_per_month))
    }
  }
  dynamic "threshold_rules" {
    for_each = [0.5, 0.9, 1.0, 1.5]
    content {
      threshold_percent = threshold_rules.value
    }
  }
  all_updates_rule {
    monitoring_notification_channels = values(google_monitoring_notification_channel.email)[*].id
  }
}
