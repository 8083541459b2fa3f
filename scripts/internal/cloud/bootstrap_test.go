package cloud_test

import (
	"cmp"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// standIn takes the place of a tool: it notes each call, fails at the one that FAIL_AT
// names, and otherwise remembers what it made, so that asking for it finds it. As `go
// build` it makes a program that does nothing.
const standIn = `#!/bin/sh
call="$(basename "$0") $*"
case "$call" in
  "gcloud secrets versions add"*) echo "$call < $(cat)" >>"$CALLS" ;;
  *) echo "$call" >>"$CALLS" ;;
esac
case "$call" in *"$FAIL_AT"*) exit 1 ;; esac
case "$call" in
  "gcloud projects create"*) touch "$CLOUD/project" ;;
  "gcloud projects describe"*) test -e "$CLOUD/project" ;;
  "gcloud storage buckets create"*) touch "$CLOUD/bucket" ;;
  "gcloud storage buckets describe"*) test -e "$CLOUD/bucket" ;;
  "gcloud secrets versions add"*) touch "$CLOUD/secret-$4" ;;
  "gcloud secrets versions list"*) if test -e "$CLOUD/secret-$4"; then echo 1; fi ;;
  "terraform "*output*) echo '{}' ;;
  "go build -o "*) mkdir -p "$(dirname "$3")"; printf '#!/bin/sh\n' >"$3"; chmod +x "$3" ;;
esac
`

const keyOfATest = "the key of a test"

// bootstrap is a machine with a checkout on which scripts/bootstrap runs, and the cloud
// that it sees.
type bootstrap struct {
	t                      *testing.T
	tools, cloud, checkout string
}

func newBootstrap(t *testing.T) bootstrap {
	t.Helper()
	b := bootstrap{t: t, tools: t.TempDir(), cloud: t.TempDir(), checkout: t.TempDir()}
	require.NoError(t, os.Mkdir(filepath.Join(b.checkout, "scripts"), 0o700))
	for _, script := range []string{"bootstrap", "terraform", "migrate", "rollout"} {
		text, err := os.ReadFile(filepath.Join("../..", script))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(b.checkout, "scripts", script), text, 0o700))
	}
	require.NoError(t, os.CopyFS(filepath.Join(b.checkout, "terraform/environments"), os.DirFS("../../../terraform/environments")))
	for _, tool := range []string{"gcloud", "terraform", "go"} {
		require.NoError(t, os.WriteFile(filepath.Join(b.tools, tool), []byte(standIn), 0o700))
	}
	return b
}

// run runs the script for dev; it returns what was called, what was printed, and how it ended.
func (b bootstrap) run(failAt string, arguments ...string) (calls []string, printed string, err error) {
	b.t.Helper()
	log := filepath.Join(b.t.TempDir(), "calls")
	script := exec.CommandContext(b.t.Context(), filepath.Join(b.checkout, "scripts/bootstrap"),
		append([]string{"dev", "--billing-account", "0A0A0A-0A0A0A-0A0A0A"}, arguments...)...)
	script.Env = append(os.Environ(), "PATH="+b.tools+":"+os.Getenv("PATH"), "CALLS="+log, "CLOUD="+b.cloud,
		"FAIL_AT="+cmp.Or(failAt, "nothing"), "COMMIT=c", "COMMITTED=1")
	out, err := script.CombinedOutput()
	text, readErr := os.ReadFile(log)
	require.NoError(b.t, readErr)
	return strings.Split(strings.TrimSpace(string(text)), "\n"), string(out), err
}

// steps are the calls that change something, shortened, in their order.
func steps(calls []string) []string {
	var steps []string
	for _, call := range calls {
		for _, step := range []string{
			"gcloud projects create", "gcloud billing projects link", "gcloud services enable", "gcloud beta services identity create",
			"gcloud storage buckets create", "gcloud storage buckets update", "apply -var-file", "gcloud secrets versions add", "internal/migrate", "internal/rollout",
		} {
			if strings.Contains(call, step) && (len(steps) == 0 || steps[len(steps)-1] != step) {
				steps = append(steps, step)
			}
		}
	}
	return steps
}

func TestBootstrapMakesAnEnvironmentFromNothing(t *testing.T) {
	t.Setenv("STRIPE_SECRET_KEY", keyOfATest)
	b := newBootstrap(t)
	calls, printed, err := b.run("", "--yes", "--folder", "12")
	require.NoError(t, err, printed)
	assert.Equal(t, []string{
		"gcloud projects create", "gcloud billing projects link", "gcloud services enable", "gcloud beta services identity create",
		"gcloud storage buckets create", "gcloud storage buckets update", "apply -var-file", "gcloud secrets versions add", "apply -var-file",
		"internal/migrate", "internal/rollout",
	}, steps(calls))
	assert.Contains(t, calls, "gcloud projects create kwipper-dev --folder=12")
	assert.Contains(t, calls, "gcloud secrets versions add stripe-secret-key --data-file=- --project=kwipper-dev < "+keyOfATest)
	assert.NotContains(t, printed, keyOfATest)

	calls, printed, err = b.run("", "--yes")
	require.NoError(t, err, printed)
	assert.NotContains(t, strings.Join(calls, "\n"), " create kwipper-dev", "again: what exists is not made")
	assert.NotContains(t, steps(calls), "gcloud secrets versions add", "nor are values replaced")
}

func TestBootstrapGoesOnWhereItStopped(t *testing.T) {
	t.Setenv("STRIPE_SECRET_KEY", keyOfATest)
	for _, failAt := range []string{
		"billing projects link", "services enable", "identity create", "buckets create", "buckets update", "-target=module.platform",
		"versions add page-token-key", "-parallelism=30", "internal/migrate", "internal/rollout",
	} {
		t.Run(failAt, func(t *testing.T) {
			b := newBootstrap(t)
			_, printed, err := b.run(failAt, "--yes")
			require.Error(t, err, printed)
			_, printed, err = b.run("", "--yes")
			require.NoError(t, err, printed)
			for _, made := range []string{"project", "bucket", "secret-stripe-secret-key", "secret-stripe-webhook-secrets", "secret-page-token-key", "secret-media-cdn-key"} {
				assert.FileExists(t, filepath.Join(b.cloud, made))
			}
		})
	}
}

func TestBootstrapShowsWhatItWouldDo(t *testing.T) {
	t.Setenv("STRIPE_SECRET_KEY", keyOfATest)
	b := newBootstrap(t)
	calls, printed, err := b.run("", "--dry-run")
	require.NoError(t, err, printed)
	assert.Empty(t, steps(calls))
	assert.Contains(t, printed, "+ gcloud projects create kwipper-dev")
	assert.Contains(t, printed, "+ ./scripts/migrate dev apply")
	assert.NotContains(t, printed, keyOfATest)
}

func TestBootstrapWantsTheKeyOfThePaymentGateway(t *testing.T) {
	t.Setenv("STRIPE_SECRET_KEY", "")
	calls, printed, err := newBootstrap(t).run("")
	require.Error(t, err)
	assert.Contains(t, printed, "STRIPE_SECRET_KEY")
	assert.Empty(t, steps(calls))
}
