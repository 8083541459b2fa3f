package cloud

import "strings"

// databases wants those of the map, each with full backups and accounts of its own.
func databases(e Environment) []string {
	var f findings
	backedUp, opened := map[string]bool{}, map[string]bool{}
	for _, r := range e.State.of("google_spanner_backup_schedule") {
		if len(r.blocks("full_backup_spec")) > 0 && r.block("spec").block("cron_spec").text("text") != "" {
			backedUp[r.text("database")] = true
		}
	}
	for _, r := range e.State.of("google_spanner_database_iam_member") {
		opened[r.text("database")] = true
	}
	var got []string
	for _, r := range e.State.of("google_spanner_database") {
		name := r.text("name")
		got = append(got, name)
		if !backedUp[name] {
			f.add(r, "has no schedule of full backups")
		}
		if !opened[name] {
			f.add(r, "has no accounts")
		}
		if r.text("version_retention_period") == "" || r.text("version_retention_period") == "1h" {
			f.add(r, "keeps earlier versions for an hour only")
		}
	}
	f.same("database", e.Wiring.Databases, got)
	return f
}

// buckets wants none public, earlier versions kept, and media of each country with a
// notification and the time to restore it.
func buckets(e Environment) []string {
	var f findings
	notified := map[string]bool{}
	for _, r := range e.State.of("google_storage_notification") {
		notified[r.text("bucket")] = true
	}
	var got, want []string
	for _, country := range e.Wiring.Countries {
		want = append(want, "media-"+country)
	}
	for _, r := range e.State.of("google_storage_bucket") {
		if r.text("public_access_prevention") != "enforced" || !r.yes("uniform_bucket_level_access") {
			f.add(r, "could be opened to the public")
		}
		if !r.block("versioning").yes("enabled") || r.yes("force_destroy") {
			f.add(r, "loses what is overwritten or destroyed")
		}
		_, country, media := strings.Cut(r.text("name"), "-media-")
		if !media {
			continue
		}
		got = append(got, "media-"+country)
		if !notified[r.text("name")] {
			f.add(r, "tells nobody of uploads")
		}
		if e.Name != "dev" && r.block("soft_delete_policy").number("retention_duration_seconds") < 7*86400 {
			f.add(r, "cannot be restored")
		}
		if len(r.blocks("cors")) == 0 {
			f.add(r, "takes no uploads from a browser")
		}
	}
	f.same("bucket", want, got)
	return f
}

// guards wants what holds data protected outside of dev, and keys of one's own in prod.
func guards(e Environment) []string {
	if e.Name == "dev" {
		return nil
	}
	var f findings
	for _, r := range e.State.of("google_spanner_database") {
		if !r.yes("deletion_protection") || !r.yes("enable_drop_protection") {
			f.add(r, "is not protected against deletion")
		}
		if e.Name == "prod" && len(r.blocks("encryption_config")) == 0 {
			f.add(r, "is not encrypted with a key of one's own")
		}
	}
	for _, r := range e.State.of("google_spanner_instance") {
		if r.text("deletion_policy") != "PREVENT" || r.yes("force_destroy") {
			f.add(r, "is not protected against deletion")
		}
		if e.Name == "prod" && len(r.blocks("autoscaling_config")) == 0 {
			f.add(r, "does not grow with its load")
		}
	}
	for _, r := range e.State.of("google_secret_manager_secret") {
		if !r.yes("deletion_protection") {
			f.add(r, "is not protected against deletion")
		}
	}
	if e.Name == "prod" && len(e.State.of("google_billing_budget")) == 0 {
		f = append(f, "prod has no budget")
	}
	return f
}
