package cloud_test

import (
	"github.com/kwipper/kwipper/scripts/internal/cloud"
	"github.com/kwipper/kwipper/scripts/internal/wiring"
)

type values = map[string]any

func block(v values) []any { return []any{v} }

func resource(kind, name string, v values) cloud.Resource {
	return cloud.Resource{Address: kind + "." + name, Mode: "managed", Type: kind, Values: v}
}

// small is a Kwipper of two functions.
func small() *wiring.Map {
	return &wiring.Map{
		Functions: map[string]wiring.Function{
			"GetUser": {Service: "user", Trigger: "http", Checks: "token", Databases: map[string]string{"user": ""}, Objects: []string{"read"}},
			"Pay": {
				Service: "billing", Trigger: "event", Checks: "invoker", Databases: map[string]string{"billing": "payer"},
				Publishes: []string{"pay-dead"}, Enqueues: []string{"retries"}, Secrets: []string{"STRIPE_KEY"}, Signs: true, Identity: true,
			},
		},
		Routes:    []wiring.Route{{Function: "GetUser", Methods: []string{"GET", "OPTIONS"}, Path: "/v1/users/*"}},
		Databases: []string{"billing", "user"}, Topics: []string{"pay"},
		Pushes:    map[string]wiring.Push{"pay.Pay": {Topic: "pay", DeadLetter: "pay-dead", Function: "Pay", Filter: "f"}},
		Queues:    map[string]string{"retries": "single", "ring-0": "ring"},
		Jobs:      map[string]wiring.Job{"Pay": {Cron: "0 * * * *"}},
		Countries: []string{"jp"}, Secrets: []string{"STRIPE_KEY"},
	}
}

const (
	payURL = "https://pay-1.home.run.app"
	pay    = "serviceAccount:fn-pay@p.iam.gserviceaccount.com"
	user   = "serviceAccount:fn-get-user@p.iam.gserviceaccount.com"
	agent  = "serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com"
)

func function(name, service, region, ingress string, secrets []any) cloud.Resource {
	return resource("google_cloudfunctions2_function", service+"-"+region, values{
		"name": service, "location": region,
		"build_config": block(values{
			"entry_point": name, "runtime": "go126",
			"environment_variables": values{"GOFLAGS": "-tags=disable_grpc_modules", "GOOGLE_GOLDFLAGS": "-s -w"},
		}),
		"service_config": block(values{
			"ingress_settings": ingress, "service_account_email": "fn-" + service + "@p.iam.gserviceaccount.com",
			"timeout_seconds": 300.0, "max_instance_count": 3.0, "secret_environment_variables": secrets,
			"environment_variables": values{
				"KWIPPER_PROJECT": "p", "KWIPPER_REGION": "home", "KWIPPER_INSTANCE": "i", "IDENTITY_ISSUER": "i", "IDENTITY_AUDIENCE": "p",
				"SERVICE_ACCOUNT_INVOKER": "i", "MEDIA_BUCKET_TEMPLATE": "b", "MEDIA_SIGNER_EMAIL": "m", "RETURN_URI_ALLOWLIST": "r",
				"TASK_QUEUES": "ring-0", "PAYMENT_QUEUE": "retries", "TRACES_ENDPOINT": "google", "TRACE_SAMPLE_RATIO": "1",
				"FUNCTION_URL_PAY": payURL,
			},
		}),
	})
}

func member(kind, name, who, role string, on values) cloud.Resource {
	on["member"], on["role"] = who, role
	return resource(kind, name, on)
}

func invoked(service, region, who string) cloud.Resource {
	return member("google_cloud_run_v2_service_iam_member", service+"-"+region, who, "roles/run.invoker", values{"name": service, "location": region})
}

// production is small() as Terraform should make it in two regions.
func production() cloud.Environment {
	token := block(values{"audience": payURL, "service_account_email": "invoker@p.iam.gserviceaccount.com"})
	never := block(values{"ttl": ""})
	match := func(method string) values {
		return values{"path_template_match": "/v1/users/*", "header_matches": block(values{"header_name": ":method", "exact_match": method})}
	}
	project := func(name, who, role string) cloud.Resource {
		return member("google_project_iam_member", name, who, role, values{"project": "p"})
	}
	state := cloud.State{
		function("GetUser", "get-user", "a", "ALLOW_INTERNAL_AND_GCLB", nil),
		function("GetUser", "get-user", "b", "ALLOW_INTERNAL_AND_GCLB", nil),
		function("Pay", "pay", "home", "ALLOW_INTERNAL_ONLY", block(values{"key": "STRIPE_KEY"})),
		invoked("get-user", "a", "allUsers"), invoked("get-user", "b", "allUsers"), invoked("pay", "home", "serviceAccount:invoker@p.iam.gserviceaccount.com"),

		resource("google_compute_region_network_endpoint_group", "a", values{"id": "neg-a", "region": "a", "cloud_run": block(values{"service": "get-user"})}),
		resource("google_compute_region_network_endpoint_group", "b", values{"id": "neg-b", "region": "b", "cloud_run": block(values{"service": "get-user"})}),
		resource("google_compute_backend_service", "get-user", values{
			"id": "backend", "name": "get-user", "security_policy": "s", "load_balancing_scheme": "EXTERNAL_MANAGED",
			"backend": []any{values{"group": "neg-a"}, values{"group": "neg-b"}}, "outlier_detection": block(values{"consecutive_errors": 5.0}),
		}),
		resource("google_compute_url_map", "api", values{"name": "api", "path_matcher": block(values{"route_rules": block(values{
			"priority": 10.0, "service": "backend", "match_rules": []any{match("GET"), match("OPTIONS")},
		})})}),

		resource("google_pubsub_topic", "pay", values{"id": "t1", "name": "pay"}), resource("google_pubsub_topic", "dead", values{"id": "t2", "name": "pay-dead"}),
		resource("google_pubsub_subscription", "push", values{
			"id": "s1", "name": "pay.Pay", "topic": "t1", "filter": "f", "ack_deadline_seconds": 600.0, "expiration_policy": never,
			"push_config":        block(values{"push_endpoint": payURL, "oidc_token": token}),
			"dead_letter_policy": block(values{"dead_letter_topic": "t2", "max_delivery_attempts": 20.0}),
		}),
		resource("google_pubsub_subscription", "keep", values{"id": "s2", "name": "pay-dead.keep", "topic": "t2", "expiration_policy": never}),
		resource("google_cloud_tasks_queue", "retries", values{"name": "retries", "location": "home", "rate_limits": block(values{"max_dispatches_per_second": 5.0, "max_concurrent_dispatches": 10.0})}),
		resource("google_cloud_tasks_queue", "ring", values{"name": "ring-0", "location": "home", "rate_limits": block(values{"max_dispatches_per_second": 500.0, "max_concurrent_dispatches": 1000.0})}),
		resource("google_cloud_scheduler_job", "pay", values{"name": "pay", "schedule": "0 * * * *", "time_zone": "Etc/UTC", "http_target": block(values{"uri": payURL, "oidc_token": token})}),

		member("google_pubsub_topic_iam_member", "pay", pay, "roles/pubsub.publisher", values{"topic": "t2"}),
		member("google_pubsub_topic_iam_member", "agent", agent, "roles/pubsub.publisher", values{"topic": "t2"}),
		member("google_pubsub_subscription_iam_member", "agent", agent, "roles/pubsub.subscriber", values{"subscription": "s1"}),
		member("google_service_account_iam_member", "agent", agent, "roles/iam.serviceAccountOpenIdTokenCreator", values{"service_account_id": "projects/p/serviceAccounts/invoker@p.iam.gserviceaccount.com"}),
		member("google_service_account_iam_member", "acts", pay, "roles/iam.serviceAccountUser", values{"service_account_id": "projects/p/serviceAccounts/invoker@p.iam.gserviceaccount.com"}),
		member("google_service_account_iam_member", "signs", pay, "projects/p/roles/kwipper_sign", values{"service_account_id": "projects/p/serviceAccounts/media-signer@p.iam.gserviceaccount.com"}),
		member("google_cloud_tasks_queue_iam_member", "pay", pay, "roles/cloudtasks.enqueuer", values{"name": "retries"}),
		member("google_secret_manager_secret_iam_member", "pay", pay, "roles/secretmanager.secretAccessor", values{"secret_id": "stripe-key"}),
		member("google_storage_bucket_iam_member", "user", user, "projects/p/roles/kwipper_objects_read", values{"bucket": "p-media-jp"}),
		member("google_storage_bucket_iam_member", "signer", "serviceAccount:media-signer@p.iam.gserviceaccount.com", "projects/p/roles/kwipper_objects_read", values{"bucket": "p-media-jp"}),
		member("google_artifact_registry_repository_iam_member", "builder", "serviceAccount:function-builder@p.iam.gserviceaccount.com", "roles/artifactregistry.writer", values{"repository": "functions"}),
		project("logs", "serviceAccount:function-builder@p.iam.gserviceaccount.com", "roles/logging.logWriter"),
		member("google_project_iam_member", "packages", "serviceAccount:function-builder@p.iam.gserviceaccount.com", "roles/storage.objectViewer", values{"condition": block(values{"title": "packages only"})}),
		project("claims", pay, "projects/p/roles/kwipper_claims"),
		project("traces-pay", pay, "roles/telemetry.tracesWriter"), project("usage-pay", pay, "roles/serviceusage.serviceUsageConsumer"),
		project("traces-user", user, "roles/telemetry.tracesWriter"), project("usage-user", user, "roles/serviceusage.serviceUsageConsumer"),
		member("google_pubsub_topic_iam_member", "uploads", "serviceAccount:service-1@gs-project-accounts.iam.gserviceaccount.com", "roles/pubsub.publisher", values{"topic": "t3"}),
		resource("google_pubsub_topic", "uploads", values{"id": "t3", "name": "media-uploads"}),

		member("google_spanner_database_iam_member", "user", user, "roles/spanner.databaseUser", values{"database": "user"}),
		member("google_spanner_database_iam_member", "pay", pay, "roles/spanner.fineGrainedAccessUser", values{"database": "billing"}),
		member("google_spanner_database_iam_member", "role", pay, "roles/spanner.databaseRoleUser", values{"database": "billing", "condition": block(values{"title": "role payer", "expression": `resource.name.endsWith("/databaseRoles/payer")`})}),
		resource("google_spanner_instance", "kwipper", values{"deletion_policy": "PREVENT", "autoscaling_config": block(values{})}),
		resource("google_secret_manager_secret", "stripe", values{"deletion_protection": true}),
		resource("google_billing_budget", "month", values{}),
		resource("google_storage_notification", "jp", values{"bucket": "p-media-jp"}),
		resource("google_storage_bucket", "jp", values{
			"name": "p-media-jp", "public_access_prevention": "enforced", "uniform_bucket_level_access": true, "cors": block(values{}),
			"versioning": block(values{"enabled": true}), "soft_delete_policy": block(values{"retention_duration_seconds": 604800.0}),
		}),
	}
	for _, name := range []string{"billing", "user"} {
		state = append(state,
			resource("google_spanner_database", name, values{
				"name": name, "deletion_protection": true, "enable_drop_protection": true, "version_retention_period": "168h", "encryption_config": block(values{}),
			}),
			resource("google_spanner_backup_schedule", name, values{
				"database": name, "full_backup_spec": block(values{}), "spec": block(values{"cron_spec": block(values{"text": "0 6,18 * * *"})}),
			}))
	}
	m := small()
	m.Topics = append(m.Topics, "media-uploads")
	return cloud.Environment{Name: "prod", State: state, Wiring: m}
}
