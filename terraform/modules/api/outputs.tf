output "addresses" {
  description = "Addresses of the front door: A and AAAA records of both host names."
  value       = { for version, address in google_compute_global_address.address : version => address.address }
}

output "dns_records" {
  description = "CNAME records by which the certificates prove ownership: name -> target."
  value       = { for key, authorization in google_certificate_manager_dns_authorization.domain : key => authorization.dns_resource_record }
}

output "backend_services" {
  description = "Backend service of each HTTP function."
  value       = { for name, service in google_compute_backend_service.function : name => service.name }
}

output "backend_buckets" {
  description = "Backend bucket of each country, to which signing keys are added."
  value       = { for country, bucket in google_compute_backend_bucket.media : country => bucket.name }
}
