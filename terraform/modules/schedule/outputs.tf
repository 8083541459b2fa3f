output "queues" {
  description = "Names of the queues, by name."
  value       = { for name, queue in google_cloud_tasks_queue.queue : name => queue.name }
}

output "ring_per_second" {
  description = "What the ring's queues dispatch a second, together."
  value       = sum(concat([0], [for name in local.ring : google_cloud_tasks_queue.queue[name].rate_limits[0].max_dispatches_per_second]))
}
