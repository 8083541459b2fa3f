package cloud_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/scripts/internal/cloud"
	"github.com/kwipper/kwipper/scripts/internal/wiring"
)

func TestWhatIsAsItShouldBePasses(t *testing.T) {
	assert.Empty(t, cloud.Check(production()))
}

// set changes an attribute; the path leads through nested blocks, each the first of its name.
func set(e *cloud.Environment, address string, value any, path ...string) {
	i := slices.IndexFunc(e.State, func(r cloud.Resource) bool { return strings.HasSuffix(r.Address, address) })
	at := e.State[i].Values
	for _, name := range path[:len(path)-1] {
		switch next := at[name].(type) {
		case []any:
			at = next[0].(map[string]any)
		case map[string]any:
			at = next
		}
	}
	at[path[len(path)-1]] = value
}

func remove(e *cloud.Environment, address string) {
	e.State = slices.DeleteFunc(e.State, func(r cloud.Resource) bool { return strings.HasSuffix(r.Address, address) })
}

func add(e *cloud.Environment, r cloud.Resource) { e.State = append(e.State, r) }

func TestEachFaultIsFound(t *testing.T) {
	for name, c := range map[string]struct {
		fault func(*cloud.Environment)
		finds string
	}{
		"a public bucket": {func(e *cloud.Environment) { set(e, "bucket.jp", "inherited", "public_access_prevention") }, "could be opened"},
		"objects of their own rights": {
			func(e *cloud.Environment) { set(e, "bucket.jp", false, "uniform_bucket_level_access") }, "could be opened",
		},
		"a bucket open to all": {func(e *cloud.Environment) {
			add(e, member("google_storage_bucket_iam_member", "x", "allUsers", "roles/storage.objectViewer", values{"bucket": "p-media-jp"}))
		}, "open to allUsers"},
		"an ACL":                {func(e *cloud.Environment) { add(e, resource("google_storage_bucket_acl", "x", values{})) }, "no google_storage_bucket_acl"},
		"a key in the state":    {func(e *cloud.Environment) { add(e, resource("google_service_account_key", "x", values{})) }, "no google_service_account_key"},
		"a secret in the state": {func(e *cloud.Environment) { add(e, resource("google_secret_manager_secret_version", "x", values{})) }, "keeps a secret"},
		"no versions":           {func(e *cloud.Environment) { set(e, "bucket.jp", false, "versioning", "enabled") }, "overwritten"},
		"no soft delete": {func(e *cloud.Environment) {
			set(e, "bucket.jp", 0.0, "soft_delete_policy", "retention_duration_seconds")
		}, "restored"},
		"nobody hears of uploads": {func(e *cloud.Environment) { remove(e, "notification.jp") }, "tells nobody"},
		"a country without media": {func(e *cloud.Environment) { remove(e, "storage_bucket.jp") }, "bucket media-jp of wiring.json is missing"},

		"a primitive role": {func(e *cloud.Environment) {
			add(e, member("google_project_iam_member", "x", pay, "roles/editor", values{}))
		}, "primitive role"},
		"a right too many": {func(e *cloud.Environment) {
			add(e, member("google_spanner_database_iam_member", "x", user, "roles/spanner.databaseUser", values{"database": "billing"}))
		}, "fn-get-user has roles/spanner.databaseUser on database billing, which wiring.json does not know"},
		"the right of another role": {func(e *cloud.Environment) {
			set(e, "database_iam_member.role", `resource.name.endsWith("/databaseRoles/owner")`, "condition", "expression")
		}, "only role owner"},
		"a right too few":     {func(e *cloud.Environment) { remove(e, "tasks_queue_iam_member.pay") }, "not granted: fn-pay has roles/cloudtasks.enqueuer"},
		"all rights for some": {func(e *cloud.Environment) { set(e, "database_iam_member.pay", "roles/spanner.databaseUser", "role") }, "fn-pay has roles/spanner.databaseUser"},
		"a policy nobody read": {func(e *cloud.Environment) {
			add(e, member("google_bigquery_dataset_iam_member", "x", pay, "r", values{}))
		}, "no rule reads"},
		"a key for a person": {func(e *cloud.Environment) {
			add(e, member("google_kms_crypto_key_iam_member", "x", "user:a@b.example", "roles/cloudkms.cryptoKeyEncrypterDecrypter", values{}))
		}, "keys are for"},

		"public past the load balancer": {func(e *cloud.Environment) { set(e, "get-user-a", "ALLOW_ALL", "service_config", "ingress_settings") }, "past the load balancer"},
		"a public event function":       {func(e *cloud.Environment) { set(e, "iam_member.pay-home", "allUsers", "member") }, "checks neither"},
		"an event function from outside": {
			func(e *cloud.Environment) { set(e, "pay-home", "ALLOW_ALL", "service_config", "ingress_settings") }, "the invoker calls",
		},
		"another invoker":            {func(e *cloud.Environment) { set(e, "iam_member.pay-home", user, "member") }, "may call Pay"},
		"a function nobody may call": {func(e *cloud.Environment) { remove(e, "iam_member.get-user-b") }, "nobody may call it"},
		"a function missing somewhere": {func(e *cloud.Environment) {
			remove(e, "function.get-user-b")
			add(e, function("GetMe", "get-me", "b", "ALLOW_INTERNAL_AND_GCLB", nil))
		}, "GetUser in b of wiring.json is missing"},
		"a function too many": {func(e *cloud.Environment) { add(e, function("Spy", "spy", "a", "ALLOW_INTERNAL_ONLY", nil)) }, "Spy in a is not in wiring.json"},
		"another's account": {func(e *cloud.Environment) {
			set(e, "get-user-a", "fn-pay@p.iam.gserviceaccount.com", "service_config", "service_account_email")
		}, "not its own account"},
		"requests to a new revision at once": {func(e *cloud.Environment) {
			set(e, "get-user-b", true, "service_config", "all_traffic_on_latest_revision")
		}, "past scripts/rollout"},
		"another runtime":  {func(e *cloud.Environment) { set(e, "get-user-a", "go121", "build_config", "runtime") }, "runtime go121"},
		"an event trigger": {func(e *cloud.Environment) { set(e, "pay-home", block(values{}), "event_trigger") }, "plain HTTP"},
		"a variable missing": {func(e *cloud.Environment) {
			set(e, "get-user-a", "", "service_config", "environment_variables", "IDENTITY_ISSUER")
		}, "IDENTITY_ISSUER is not set"},
		"an emulator": {func(e *cloud.Environment) {
			set(e, "pay-home", "x", "service_config", "environment_variables", "SPANNER_EMULATOR_HOST")
		}, "SPANNER_EMULATOR_HOST is set"},
		"a secret not given": {func(e *cloud.Environment) {
			set(e, "pay-home", []any{}, "service_config", "secret_environment_variables")
		}, "secret STRIPE_KEY of wiring.json is missing"},
		"the ring in disorder": {func(e *cloud.Environment) {
			set(e, "pay-home", "ring-1", "service_config", "environment_variables", "TASK_QUEUES")
		}, "TASK_QUEUES"},
		"a route elsewhere": {func(e *cloud.Environment) {
			set(e, "url_map.api", "/v1/users", "path_matcher", "route_rules", "match_rules", "path_template_match")
		}, "routes are not"},
		"a region not served":   {func(e *cloud.Environment) { remove(e, "group.b") }, "get-user in b of wiring.json is missing"},
		"no limits":             {func(e *cloud.Environment) { set(e, "service.get-user", "", "security_policy") }, "without the limits"},
		"a failing region kept": {func(e *cloud.Environment) { set(e, "service.get-user", []any{}, "outlier_detection") }, "keeps sending"},

		"no dead letter":    {func(e *cloud.Environment) { set(e, "subscription.push", []any{}, "dead_letter_policy") }, "has not the dead-letter topic"},
		"dead letters lost": {func(e *cloud.Environment) { remove(e, "subscription.keep") }, "nothing keeps"},
		"an expiry":         {func(e *cloud.Environment) { set(e, "subscription.push", "2678400s", "expiration_policy", "ttl") }, "expires"},
		"another filter":    {func(e *cloud.Environment) { set(e, "subscription.push", "", "filter") }, "with filter"},
		"another audience": {func(e *cloud.Environment) {
			set(e, "subscription.push", "https://x", "push_config", "oidc_token", "audience")
		}, "expects"},
		"an address of no service": {func(e *cloud.Environment) {
			set(e, "pay-home", "https://pay-x-1.home.run.app", "service_config", "environment_variables", "FUNCTION_URL_PAY")
		}, "takes https://pay-x-1.home.run.app for its address"},
		"redelivered too soon":  {func(e *cloud.Environment) { set(e, "subscription.push", 10.0, "ack_deadline_seconds") }, "delivered again"},
		"a queue too fast":      {func(e *cloud.Environment) { set(e, "queue.ring", 501.0, "rate_limits", "max_dispatches_per_second") }, "501 a second"},
		"a job at another time": {func(e *cloud.Environment) { set(e, "job.pay", "* * * * *", "schedule") }, "is scheduled"},
		"a job as another": {func(e *cloud.Environment) {
			set(e, "job.pay", "fn-pay@p.iam.gserviceaccount.com", "http_target", "oidc_token", "service_account_email")
		}, "calls as"},
		"a job missing":         {func(e *cloud.Environment) { remove(e, "job.pay") }, "job pay of wiring.json is missing"},
		"no backups":            {func(e *cloud.Environment) { remove(e, "schedule.user") }, "no schedule of full backups"},
		"no accounts":           {func(e *cloud.Environment) { remove(e, "database_iam_member.user") }, "has no accounts"},
		"an hour of versions":   {func(e *cloud.Environment) { set(e, "database.user", "1h", "version_retention_period") }, "for an hour"},
		"an unprotected base":   {func(e *cloud.Environment) { set(e, "database.user", false, "deletion_protection") }, "not protected"},
		"an unprotected house":  {func(e *cloud.Environment) { set(e, "instance.kwipper", "DELETE", "deletion_policy") }, "not protected"},
		"no budget":             {func(e *cloud.Environment) { remove(e, "budget.month") }, "no budget"},
		"an unencrypted base":   {func(e *cloud.Environment) { set(e, "database.user", []any{}, "encryption_config") }, "not encrypted"},
		"an instance of a size": {func(e *cloud.Environment) { set(e, "instance.kwipper", []any{}, "autoscaling_config") }, "does not grow"},
		"an unprotected secret": {func(e *cloud.Environment) { set(e, "secret.stripe", false, "deletion_protection") }, "not protected"},
		"a topic too many": {func(e *cloud.Environment) {
			add(e, resource("google_pubsub_topic", "x", values{"name": "x", "id": "x"}))
		}, "topic x is not in wiring.json"},
		"a database too many":    {func(e *cloud.Environment) { set(e, "database.user", "users", "name") }, "database users is not in wiring.json"},
		"too long for Pub/Sub":   {func(e *cloud.Environment) { set(e, "pay-home", 3600.0, "service_config", "timeout_seconds") }, "3600 s"},
		"a policy of no topic":   {func(e *cloud.Environment) { set(e, "topic_iam_member.pay", "t9", "topic") }, "not made here"},
		"no front door":          {func(e *cloud.Environment) { remove(e, "url_map.api") }, "no URL map"},
		"a role on a function":   {func(e *cloud.Environment) { set(e, "iam_member.pay-home", "roles/run.admin", "role") }, "role roles/run.admin"},
		"a caller of no one":     {func(e *cloud.Environment) { add(e, invoked("ghost", "a", "allUsers")) }, "not made here"},
		"no uploads from a page": {func(e *cloud.Environment) { set(e, "bucket.jp", []any{}, "cors") }, "no uploads from a browser"},
		"built otherwise":        {func(e *cloud.Environment) { set(e, "pay-home", "", "build_config", "environment_variables", "GOFLAGS") }, "built with"},
	} {
		t.Run(name, func(t *testing.T) {
			e := production()
			c.fault(&e)
			assert.Contains(t, strings.Join(cloud.Check(e), "\n"), c.finds)
		})
	}
}

func TestStateOfTheLastRunIsRead(t *testing.T) {
	passed := `{"type":"test_summary","@message":"Success","test_summary":{"status":"pass"}}`
	state := `{"type":"test_state","test_state":{"root_module":{"resources":[{"address":"a","mode":"data"},{"address":"b","mode":"managed"}],"child_modules":[{"resources":[{"address":"c"}]}]}}}`
	read, err := cloud.Read(strings.NewReader(`{"type":"version"}` + "\n" + state + "\n" + passed))
	require.NoError(t, err)
	assert.Len(t, read, 2)

	_, err = cloud.Read(strings.NewReader(passed))
	assert.ErrorContains(t, err, "no state")
	_, err = cloud.Read(strings.NewReader(state + "\n" + `{"type":"diagnostic","@message":"Error","diagnostic":{"detail":"Not every country has a bucket."}}`))
	assert.ErrorContains(t, err, "Not every country has a bucket.")
	_, err = cloud.Read(strings.NewReader("terraform: command not found"))
	assert.ErrorContains(t, err, "not a line")
}

func TestTableIsThatOfTheCode(t *testing.T) {
	m, err := wiring.Read(root)
	require.NoError(t, err)
	written, err := os.ReadFile(filepath.Join(root, "docs", "access.md"))
	require.NoError(t, err)
	d, err := cloud.ReadDelivery(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	assert.Equal(t, string(written), cloud.Table(m, d), "run scripts/generate")
	for name := range m.Functions {
		assert.Contains(t, string(written), "| "+name+" |")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"type":"test_state","test_state":{"root_module":{"resources":[{"type":"google_pubsub_subscription","values":{"push_config":[{"oidc_token":[null]}]}}]}}}` +
		"\n" + `{"test_summary":{"status":"pass"}}`)
	f.Add(`{"test_state":{"root_module":{"resources":[{"type":"google_service_account_iam_member","values":{"service_account_id":""}}]}}}` + "\n" + `{"test_summary":{"status":"pass"}}`)
	f.Fuzz(func(_ *testing.T, printed string) {
		if state, err := cloud.Read(strings.NewReader(printed)); err == nil {
			cloud.Check(cloud.Environment{Name: "prod", State: state, Wiring: small()})
		}
	})
}
