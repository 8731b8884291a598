# One page of charts: is it alive, is it fresh, is it complete, what waits, what it takes.

locals {
  charts = {
    "Ticks a minute"                        = { filter = "${local.user_metric}ticks\"", aligner = "ALIGN_RATE", group = [] }
    "Lateness of delivered windows, 99 %"   = { filter = "${local.user_metric}lateness\"", aligner = "ALIGN_PERCENTILE_99", group = [] }
    "Windows delivered"                     = { filter = "${local.user_metric}runs_done\"", aligner = "ALIGN_DELTA", group = [] }
    "Runs that failed"                      = { filter = "${local.user_metric}runs_failed\"", aligner = "ALIGN_DELTA", group = [] }
    "Imports done"                          = { filter = "${local.user_metric}imports_done\"", aligner = "ALIGN_DELTA", group = [] }
    "Imports that failed"                   = { filter = "${local.user_metric}imports_failed\"", aligner = "ALIGN_DELTA", group = [] }
    "Oldest message of each queue, seconds" = { filter = "resource.type = \"pubsub_subscription\" AND metric.type = \"pubsub.googleapis.com/subscription/oldest_unacked_message_age\"", aligner = "ALIGN_MAX", group = ["resource.label.subscription_id"] }
    "Instances"                             = { filter = "resource.type = \"cloud_run_revision\" AND metric.type = \"run.googleapis.com/container/instance_count\"", aligner = "ALIGN_MAX", group = ["resource.label.service_name"] }
    "Requests by answer"                    = { filter = "resource.type = \"cloud_run_revision\" AND metric.type = \"run.googleapis.com/request_count\"", aligner = "ALIGN_RATE", group = ["resource.label.service_name", "metric.label.response_code_class"] }
    "Connections to the database"           = { filter = "resource.type = \"cloudsql_database\" AND metric.type = \"cloudsql.googleapis.com/database/postgresql/num_backends\"", aligner = "ALIGN_MAX", group = [] }
  }
}

resource "google_monitoring_dashboard" "sluice" {
  project = var.project
  dashboard_json = jsonencode({
    displayName = "Sluice"
    mosaicLayout = {
      columns = 12
      tiles = [for index, title in keys(local.charts) : {
        xPos   = (index % 2) * 6
        yPos   = floor(index / 2) * 4
        width  = 6
        height = 4
        widget = {
          title = title
          xyChart = {
            dataSets = [{
              plotType = "LINE"
              timeSeriesQuery = {
                timeSeriesFilter = {
                  filter = local.charts[title].filter
                  aggregation = {
                    alignmentPeriod    = "60s"
                    perSeriesAligner   = local.charts[title].aligner
                    crossSeriesReducer = local.charts[title].aligner == "ALIGN_RATE" || local.charts[title].aligner == "ALIGN_DELTA" ? "REDUCE_SUM" : "REDUCE_MAX"
                    groupByFields      = local.charts[title].group
                  }
                }
              }
            }]
          }
        }
      }]
    }
  })
  depends_on = [time_sleep.metrics]
}
