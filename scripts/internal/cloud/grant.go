package cloud

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/kwipper/kwipper/scripts/internal/wiring"
)

// Grant is a role of an account on something.
type Grant struct {
	Account string // id without the project, or a service agent of Google's
	Role    string
	On      string // such as "topic saga-replies"
	Only    string // a condition, as a role of a database
}

func (g Grant) String() string {
	text := fmt.Sprintf("%s has %s on %s", g.Account, g.Role, g.On)
	if g.Only != "" {
		text += ", only " + g.Only
	}
	return text
}

// The accounts that are no function's own.
const (
	invokerAccount = "invoker"
	signerAccount  = "media-signer"
	builderAccount = "function-builder"
	pubsubAgent    = "Pub/Sub"
	storageAgent   = "Cloud Storage"
	cdnAgent       = "Cloud CDN"
)

// account returns the id of a function's account.
func account(function string) string { return "fn-" + kebab(function) }

// Grants returns what Terraform is to grant according to the map: all of it and no more,
// keys of encryption and the CDN's right to read left aside.
func Grants(m *wiring.Map) []Grant {
	var grants []Grant
	for name, f := range m.Functions {
		grants = append(grants, grantsOf(account(name), f, m.Countries)...)
	}
	for _, p := range m.Pushes {
		grants = append(grants,
			Grant{pubsubAgent, "roles/pubsub.publisher", "topic " + p.DeadLetter, ""},
			Grant{pubsubAgent, "roles/pubsub.subscriber", "subscription " + p.Topic + "." + p.Function, ""})
	}
	for _, country := range m.Countries {
		grants = append(grants, Grant{signerAccount, "kwipper_objects_read", "bucket media-" + country, ""})
	}
	grants = append(grants,
		Grant{pubsubAgent, "roles/iam.serviceAccountOpenIdTokenCreator", "account " + invokerAccount, ""},
		Grant{storageAgent, "roles/pubsub.publisher", "topic media-uploads", ""},
		Grant{builderAccount, "roles/logging.logWriter", "project", ""},
		Grant{builderAccount, "roles/storage.objectViewer", "project", "packages only"},
		Grant{builderAccount, "roles/artifactregistry.writer", "images functions", ""},
	)
	return sorted(grants)
}

func grantsOf(account string, f wiring.Function, countries []string) []Grant {
	var grants []Grant
	grant := func(role, on string) { grants = append(grants, Grant{Account: account, Role: role, On: on}) }
	for database, role := range f.Databases {
		if role == "" {
			grant("roles/spanner.databaseUser", "database "+database)
			continue
		}
		grant("roles/spanner.fineGrainedAccessUser", "database "+database)
		grants = append(grants, Grant{account, "roles/spanner.databaseRoleUser", "database " + database, "role " + role})
	}
	for _, topic := range f.Publishes {
		grant("roles/pubsub.publisher", "topic "+topic)
	}
	for _, queue := range f.Enqueues {
		grant("roles/cloudtasks.enqueuer", "queue "+queue)
	}
	if len(f.Enqueues) > 0 {
		grant("roles/iam.serviceAccountUser", "account "+invokerAccount)
	}
	for _, secret := range f.Secrets {
		grant("roles/secretmanager.secretAccessor", "secret "+strings.ToLower(strings.ReplaceAll(secret, "_", "-")))
	}
	for _, right := range f.Objects {
		for _, country := range countries {
			grant("kwipper_objects_"+right, "bucket media-"+country)
		}
	}
	if f.Signs {
		grant("kwipper_sign", "account "+signerAccount)
	}
	grant("roles/telemetry.tracesWriter", "project")
	grant("roles/serviceusage.serviceUsageConsumer", "project")
	if f.Identity {
		grant("kwipper_claims", "project")
	}
	return grants
}

func sorted(grants []Grant) []Grant {
	slices.SortFunc(grants, func(a, b Grant) int {
		return cmp.Or(strings.Compare(a.Account, b.Account), strings.Compare(a.Role, b.Role), strings.Compare(a.On, b.On), strings.Compare(a.Only, b.Only))
	})
	return slices.Compact(grants)
}

// kebab turns CreateCourse into create-course.
func kebab(name string) string {
	var b strings.Builder
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
