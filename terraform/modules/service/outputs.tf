output "database" {
  description = "Name of the database."
  value       = google_spanner_database.database.name
}

output "topics" {
  description = "Ids of the topics, dead-letter topics among them, by name."
  value       = { for name, topic in google_pubsub_topic.topic : name => topic.id }
}

output "subscriptions" {
  description = "Names of the push subscriptions."
  value       = [for subscription in google_pubsub_subscription.push : subscription.name]
}

output "dead_letter_subscriptions" {
  description = "Names of the subscriptions that keep dead letters, for alerts."
  value       = [for subscription in google_pubsub_subscription.dead : subscription.name]
}
