output "topic" {
  description = "Full name of the topic."
  value       = google_pubsub_topic.queue.id
}

output "subscription" {
  description = "Name of the subscription, by which metrics are found."
  value       = google_pubsub_subscription.push.name
}
