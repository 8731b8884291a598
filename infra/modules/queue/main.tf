# A topic that pushes to one function.

resource "google_pubsub_topic" "queue" {
  # checkov:skip=CKV_GCP_83:Messages hold numbers of runs and nothing of customers; kms_key sets a key for those who must have one
  project                    = var.project
  name                       = var.name
  message_retention_duration = "604800s"
  kms_key_name               = var.kms_key
  labels                     = var.labels
}

resource "google_pubsub_subscription" "push" {
  project = var.project
  name    = "${var.name}-to-${var.service}"
  topic   = google_pubsub_topic.queue.id
  labels  = var.labels

  # The longest that Pub/Sub waits, and as long as a function may take.
  ack_deadline_seconds       = 600
  message_retention_duration = "604800s"

  # A subscription that nobody uses for a month would else be gone, and with it an export's work.
  expiration_policy {
    ttl = ""
  }
  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }
  push_config {
    push_endpoint = var.endpoint
    oidc_token {
      service_account_email = var.caller
      audience              = var.audience
    }
  }
  dynamic "dead_letter_policy" {
    for_each = var.dead_letters == null ? [] : [var.dead_letters.topic]
    content {
      dead_letter_topic     = dead_letter_policy.value
      max_delivery_attempts = 5
    }
  }
}

# To move a message Pub/Sub takes it off here; to put it down it needs the right over there.
resource "google_pubsub_subscription_iam_member" "agent" {
  count        = var.dead_letters == null ? 0 : 1
  project      = var.project
  subscription = google_pubsub_subscription.push.name
  role         = "roles/pubsub.subscriber"
  member       = var.pubsub_agent
}

resource "google_pubsub_topic_iam_member" "publisher" {
  for_each = var.publishers
  project  = var.project
  topic    = google_pubsub_topic.queue.name
  role     = "roles/pubsub.publisher"
  member   = each.value
}
