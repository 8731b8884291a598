# When somebody has to look; each alert has its page in docs/runbooks.md, under the same name.

variable "freshness_minutes" {
  description = "So many minutes after it was due a window should have been delivered."
  type        = number
  default     = 60
  validation {
    condition     = var.freshness_minutes >= 15 && var.freshness_minutes <= 1440
    error_message = "freshness_minutes must be 15 to 1440; live exports are due every 5 to 60 minutes, daily ones may take longer."
  }
}

locals {
  user_metric = "resource.type = \"cloud_run_revision\" AND metric.type = \"logging.googleapis.com/user/sluice/"
  counted     = { aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", group = [] }

  # Nothing of this kind for so long.
  silences = {
    no-tick    = { filter = "${local.user_metric}ticks\"", seconds = 600, title = "No tick for 10 minutes", severity = "CRITICAL" }
    no-monitor = { filter = "${local.user_metric}monitor_looks\"", seconds = 5400, title = "No monitor run for 90 minutes", severity = "ERROR" }
  }
  # More of this than that, for so long.
  excesses = {
    freshness = {
      title     = "A window was delivered late"
      severity  = "WARNING"
      filter    = "${local.user_metric}lateness\""
      above     = var.freshness_minutes * 60
      seconds   = 0
      period    = 300
      counted   = { aligner = "ALIGN_PERCENTILE_99", reducer = "REDUCE_MAX", group = [] }
      of_itself = null
    }
    backlog = {
      title     = "Work waits in a queue"
      severity  = "WARNING"
      filter    = "resource.type = \"pubsub_subscription\" AND metric.type = \"pubsub.googleapis.com/subscription/oldest_unacked_message_age\""
      above     = var.freshness_minutes * 60
      seconds   = 300
      period    = 60
      counted   = { aligner = "ALIGN_MAX", reducer = "REDUCE_MAX", group = ["resource.label.subscription_id"] }
      of_itself = null
    }
    completeness = {
      title     = "A run would not have been complete"
      severity  = "ERROR"
      filter    = "${local.user_metric}runs_incomplete\""
      above     = 0
      seconds   = 0
      period    = 300
      counted   = local.counted
      of_itself = null
    }
    imports = {
      title     = "An import fails for a fault of ours"
      severity  = "ERROR"
      filter    = "${local.user_metric}imports_broken\""
      above     = 0
      seconds   = 0
      period    = 300
      counted   = local.counted
      of_itself = null
    }
    mail = {
      title     = "E-mails to customers are not sent"
      severity  = "ERROR"
      filter    = "${local.user_metric}mails_waiting\""
      above     = 0
      seconds   = 0
      period    = 300
      counted   = local.counted
      of_itself = null
    }
    dead-letters = {
      title     = "A message could not be worked on"
      severity  = "ERROR"
      filter    = "${local.user_metric}dead_letters\""
      above     = 0
      seconds   = 0
      period    = 300
      counted   = local.counted
      of_itself = null
    }
    error-rate = {
      title     = "A function fails more than 5 % of its requests"
      severity  = "ERROR"
      filter    = "resource.type = \"cloud_run_revision\" AND metric.type = \"run.googleapis.com/request_count\" AND metric.label.response_code_class = \"5xx\""
      above     = 0.05
      seconds   = 600
      period    = 300
      counted   = { aligner = "ALIGN_RATE", reducer = "REDUCE_SUM", group = ["resource.label.service_name"] }
      of_itself = "resource.type = \"cloud_run_revision\" AND metric.type = \"run.googleapis.com/request_count\""
    }
    nobody-to-warn = {
      title     = "Nobody can be told that an export fails"
      severity  = "ERROR"
      filter    = "${local.user_metric}nobody_to_warn\""
      above     = 0
      seconds   = 0
      period    = 300
      counted   = local.counted
      of_itself = null
    }
    callers-refused = {
      title     = "Somebody else calls the functions"
      severity  = "WARNING"
      filter    = "${local.user_metric}callers_refused\""
      above     = 10
      seconds   = 0
      period    = 600
      counted   = local.counted
      of_itself = null
    }
    database-full = {
      title     = "The database's disk is 85 % full"
      severity  = "ERROR"
      filter    = "resource.type = \"cloudsql_database\" AND metric.type = \"cloudsql.googleapis.com/database/disk/utilization\""
      above     = 0.85
      seconds   = 600
      period    = 300
      counted   = { aligner = "ALIGN_MEAN", reducer = "REDUCE_MAX", group = [] }
      of_itself = null
    }
  }
  receivers = toset(length(var.alert_emails) > 0 ? var.alert_emails : [var.admin_email])
  channels  = values(google_monitoring_notification_channel.email)[*].id
}

resource "google_monitoring_notification_channel" "email" {
  for_each     = local.receivers
  project      = var.project
  display_name = "Sluice: ${each.value}"
  type         = "email"
  labels       = { email_address = each.value }
  depends_on   = [time_sleep.apis]
}

resource "google_monitoring_alert_policy" "silence" {
  for_each              = local.silences
  project               = var.project
  display_name          = "Sluice: ${each.value.title}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = local.channels
  user_labels           = local.labels

  conditions {
    display_name = each.value.title
    condition_absent {
      filter   = each.value.filter
      duration = "${each.value.seconds}s"
      aggregations {
        alignment_period     = "60s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }
  documentation {
    mime_type = "text/markdown"
    content   = "What to do: docs/runbooks.md#${each.key}"
  }
  depends_on = [time_sleep.metrics]
}

resource "google_monitoring_alert_policy" "excess" {
  for_each              = local.excesses
  project               = var.project
  display_name          = "Sluice: ${each.value.title}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = local.channels
  user_labels           = local.labels

  conditions {
    display_name = each.value.title
    condition_threshold {
      filter             = each.value.filter
      denominator_filter = each.value.of_itself
      comparison         = "COMPARISON_GT"
      threshold_value    = each.value.above
      duration           = "${each.value.seconds}s"
      aggregations {
        alignment_period     = "${each.value.period}s"
        per_series_aligner   = each.value.counted.aligner
        cross_series_reducer = each.value.counted.reducer
        group_by_fields      = each.value.counted.group
      }
      dynamic "denominator_aggregations" {
        for_each = each.value.of_itself == null ? [] : [each.value.counted]
        content {
          alignment_period     = "${each.value.period}s"
          per_series_aligner   = denominator_aggregations.value.aligner
          cross_series_reducer = denominator_aggregations.value.reducer
          group_by_fields      = denominator_aggregations.value.group
        }
      }
    }
  }
  documentation {
    mime_type = "text/markdown"
    content   = "What to do: docs/runbooks.md#${each.key}"
  }
  depends_on = [time_sleep.metrics]
}
