# Numbers out of the log: the functions write events, and these count them.

locals {
  # Events that functions write to the log: shared/log_events.py.
  events = "resource.type=\"cloud_run_revision\" AND jsonPayload.event"
  counters = {
    ticks           = { filter = "${local.events}=\"tick\"", does = "Ticks of the scheduler." }
    runs_done       = { filter = "${local.events}=\"run_done\"", does = "Windows delivered, manifest and all." }
    runs_failed     = { filter = "${local.events}=\"run_failed\"", does = "Runs that ended without a manifest." }
    runs_incomplete = { filter = "${local.events}=\"run_failed\" AND jsonPayload.reason=(${join(" OR ", [for reason in local.incomplete : "\"${reason}\""])})", does = "Runs in which rows were missing, too many or not writable." }
    imports_done    = { filter = "${local.events}=\"import_done\"", does = "Runs of imports that have ended." }
    imports_failed  = { filter = "${local.events}=\"import_failed\"", does = "Runs of imports that failed." }
    dead_letters    = { filter = "${local.events}=\"dead_letter_recorded\"", does = "Messages that no delivery could bring to an end." }
    imports_broken  = { filter = "${local.events}=\"import_failed\" AND jsonPayload.reason=(${join(" OR ", [for reason in local.broken : "\"${reason}\""])})", does = "Runs of imports that failed for a fault of ours." }
    nobody_to_warn  = { filter = "${local.events}=\"nobody_to_warn\"", does = "Exports that fail and of which nobody can be told, counted each hour." }
    callers_refused = { filter = "${local.events}=\"caller_refused\" AND severity=\"ERROR\"", does = "Calls of functions by somebody else than their caller." }
    mails_waiting   = { filter = "${local.events}=\"metrics\" AND jsonPayload.notices_oldest_s>7200", does = "Looks at which an e-mail had waited for longer than two hours." }
    monitor_looks   = { filter = "${local.events}=\"monitor_looked\"", does = "Hours that the monitor has brought to an end." }
  }
  # Reasons with which a run fails because the promise of rows is not kept.
  incomplete = ["rows-differ", "too-many-rejects", "object-differs"]
  # Reasons with which an import fails for which its customer can do nothing.
  broken = ["import-keeps-failing", "nothing-staged", "bad-import", "bad-mapping", "bad-schedule", "bad-watermark"]
}

resource "google_logging_metric" "counter" {
  for_each    = local.counters
  project     = var.project
  name        = "sluice/${each.key}"
  description = each.value.does
  filter      = each.value.filter
  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"
  }
  depends_on = [time_sleep.apis]
}

# How long after a window was due its manifest was written: freshness, as customers see it.
resource "google_logging_metric" "lateness" {
  project         = var.project
  name            = "sluice/lateness"
  description     = "Seconds from when a window was due to its manifest."
  filter          = "${local.events}=\"manifest_written\""
  value_extractor = "EXTRACT(jsonPayload.late_s)"
  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = "s"
  }
  bucket_options {
    exponential_buckets {
      scale              = 10
      growth_factor      = 2
      num_finite_buckets = 16
    }
  }
  depends_on = [time_sleep.apis]
}

# Cloud Monitoring knows a metric of the log only some time after it was made, and refuses an alert
# about one that it does not know.
resource "time_sleep" "metrics" {
  create_duration = "60s"
  depends_on      = [google_logging_metric.counter, google_logging_metric.lateness]
}
