package wiring_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/scripts/internal/wiring"
)

func repository(t *testing.T) string {
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	return root
}

func TestRightsAreThoseOfTheCode(t *testing.T) {
	m, err := wiring.Read(repository(t))
	require.NoError(t, err)

	pay := m.Functions["Pay"]
	assert.Equal(t, "event", pay.Trigger)
	assert.Equal(t, "invoker", pay.Checks)
	assert.Equal(t, map[string]string{"billing": ""}, pay.Databases)
	assert.Equal(t, []string{"billing-commands-dead", "saga-replies"}, pay.Publishes)
	assert.Equal(t, []string{"payment-retries"}, pay.Enqueues)
	assert.Equal(t, []string{"STRIPE_SECRET_KEY"}, pay.Secrets)
	for name, f := range m.Functions {
		assert.Equal(t, name == "PaymentWebhook", slices.Contains(f.Secrets, "STRIPE_WEBHOOK_SECRETS"), "who believes events: %s", name)
	}

	assert.Equal(t, []string{"create"}, m.Functions["CreateContent"].Objects)
	assert.Empty(t, m.Functions["SignContents"].Objects, "who signs reads nothing")
	assert.True(t, m.Functions["SignContents"].Signs)
	assert.True(t, m.Functions["GrantRole"].Identity)
	for name, f := range m.Functions {
		assert.Equal(t, name == "SignContents", slices.Contains(f.Secrets, "MEDIA_CDN_KEY"), "who signs for the CDN: %s", name)
	}
	assert.Equal(t, "signature", m.Functions["PaymentWebhook"].Checks)
	assert.Equal(t, "token", m.Functions["ListCourses"].Checks)
	assert.Len(t, m.Databases, 6)
}

func TestNoFunctionOpensAnothersDatabase(t *testing.T) {
	m, err := wiring.Read(repository(t))
	require.NoError(t, err)
	for name, f := range m.Functions {
		for database := range f.Databases {
			assert.Contains(t, []string{f.Service, "saga"}, database, name)
		}
	}
}

func TestWrittenMapIsThatOfTheCode(t *testing.T) {
	root := repository(t)
	m, err := wiring.Read(root)
	require.NoError(t, err)
	made, err := json.Marshal(m)
	require.NoError(t, err)
	written, err := os.ReadFile(filepath.Join(root, "terraform", "wiring.json"))
	require.NoError(t, err)
	assert.JSONEq(t, string(written), string(made), "run scripts/generate")
}

func TestRoutesAreInOrder(t *testing.T) {
	m, err := wiring.Read(repository(t))
	require.NoError(t, err)
	seen := map[string]int{}
	for i, r := range m.Routes {
		for _, method := range r.Methods {
			key := method + " " + r.Path
			assert.NotContains(t, seen, key, "two routes for the same requests")
			seen[key] = i
		}
		if path, _, verb := strings.Cut(r.Path, "*:"); verb {
			general, ok := seen["GET "+path+"*"]
			assert.True(t, !ok || i < general, "%s comes before what takes any name", r.Path)
		}
	}
}

func TestWhatHasNoRightsIsRefused(t *testing.T) {
	for name, wire := range map[string]string{
		"an unknown client":     `func wire() { bigquery.Open() }`,
		"a database by a name":  `func wire() { spannerdb.Open(ctx, name) }`,
		"a role without a name": `func wire() { spannerdb.OpenAs(ctx, "saga", role) }`,
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			folder := filepath.Join(root, "functions", "user", "getuser")
			require.NoError(t, os.MkdirAll(folder, 0o755))
			source := "package getuser\nfunc init() { functions.HTTP(\"GetUser\", Handle) }\nvar handler = httpapi.Operation(\"GetUser\", wire, serve)\n"
			require.NoError(t, os.WriteFile(filepath.Join(folder, "function.go"), []byte(source), 0o600))
			require.NoError(t, os.WriteFile(filepath.Join(folder, "wire.go"), []byte("package getuser\n"+wire), 0o600))
			_, err := wiring.Read(root)
			assert.ErrorContains(t, err, "functions/user/getuser")
		})
	}
}
