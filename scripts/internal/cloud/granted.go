package cloud

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// granted returns what the environment grants, but for keys of encryption and who may call
// functions, and an error for each policy that it cannot read.
func (s State) granted() ([]Grant, []string) {
	var grants []Grant
	var wrong []string
	for _, r := range s {
		if !strings.HasSuffix(r.Type, "_iam_member") || r.Type == "google_cloud_run_v2_service_iam_member" || r.Type == "google_kms_crypto_key_iam_member" {
			continue
		}
		on, err := s.object(r)
		if err != nil {
			wrong = append(wrong, err.Error())
			continue
		}
		g := Grant{Account: name(r.text("member")), Role: r.text("role"), On: on, Only: condition(r.block("condition"))}
		if _, id, own := strings.Cut(g.Role, "/roles/"); own {
			g.Role = id
		}
		if g.Account != cdnAgent {
			grants = append(grants, g)
		}
	}
	return sorted(grants), wrong
}

var databaseRole = regexp.MustCompile(`\.endsWith\("/databaseRoles/(\w+)"\)$`)

// condition describes what a grant is limited to: a role of a database by what the condition
// really says, others by their title.
func condition(r Resource) string {
	if role := databaseRole.FindStringSubmatch(r.text("expression")); role != nil {
		return "role " + role[1]
	}
	return r.text("title")
}

// object names what a policy is of.
func (s State) object(r Resource) (string, error) {
	switch r.Type {
	case "google_spanner_database_iam_member":
		return "database " + r.text("database"), nil
	case "google_pubsub_topic_iam_member":
		return s.named("google_pubsub_topic", "topic", r, "topic")
	case "google_pubsub_subscription_iam_member":
		return s.named("google_pubsub_subscription", "subscription", r, "subscription")
	case "google_cloud_tasks_queue_iam_member":
		return "queue " + r.text("name"), nil
	case "google_secret_manager_secret_iam_member":
		return "secret " + r.text("secret_id"), nil
	case "google_storage_bucket_iam_member":
		bucket := r.text("bucket")
		if _, media, ok := strings.Cut(bucket, "-media-"); ok {
			return "bucket media-" + media, nil
		}
		return "bucket " + bucket, nil
	case "google_service_account_iam_member":
		id := r.text("service_account_id")
		return "account " + name("serviceAccount:"+id[strings.LastIndexByte(id, '/')+1:]), nil
	case "google_project_iam_member":
		return "project", nil
	case "google_artifact_registry_repository_iam_member":
		return "images " + r.text("repository"), nil
	}
	return "", fmt.Errorf("%s: a kind of policy that no rule reads: see scripts/internal/cloud", r.Address)
}

// named finds the resource whose id, made up by the mocked provider, a policy refers to.
func (s State) named(kind, word string, r Resource, attribute string) (string, error) {
	found := s.of(kind)
	if i := slices.IndexFunc(found, func(t Resource) bool { return t.text("id") == r.text(attribute) }); i >= 0 {
		return word + " " + found[i].text("name"), nil
	}
	return "", fmt.Errorf("%s: of a %s that is not made here", r.Address, word)
}

// name returns the account that a member of a policy is.
func name(member string) string {
	email := strings.TrimPrefix(member, "serviceAccount:")
	for suffix, agent := range map[string]string{
		"@gcp-sa-pubsub.iam.gserviceaccount.com":       pubsubAgent,
		"@gs-project-accounts.iam.gserviceaccount.com": storageAgent,
		"@cloud-cdn-fill.iam.gserviceaccount.com":      cdnAgent,
	} {
		if strings.HasSuffix(email, suffix) {
			return agent
		}
	}
	id, _, _ := strings.Cut(email, "@")
	return id
}

// difference describes what one list has and the other has not.
func difference(want, got []Grant) []string {
	var wrong []string
	for _, g := range got {
		if !slices.Contains(want, g) {
			wrong = append(wrong, g.String()+", which wiring.json does not know")
		}
	}
	for _, g := range want {
		if !slices.Contains(got, g) {
			wrong = append(wrong, "not granted: "+g.String())
		}
	}
	return wrong
}
