package identity

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestFirebaseWebSDK runs the SDK as npm has it, without a change.
func TestFirebaseWebSDK(t *testing.T) {
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the Firebase web SDK is not tested here: %v", err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json", "scenario.mjs"} {
		content, err := os.ReadFile(filepath.Join("testdata", "websdk", name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o600))
	}
	install := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
	install.Dir = dir
	if output, err := install.CombinedOutput(); err != nil {
		t.Skipf("the Firebase web SDK is not tested here: npm cannot install it: %v\n%s", err, output)
	}

	server := startServer(t, Options{Project: "demo"})
	custom, err := server.CustomToken("custom-1", map[string]any{"plan": "gold"})
	require.NoError(t, err)
	scenario := exec.CommandContext(ctx, "node", "scenario.mjs", server.URL(), server.Project(), custom)
	scenario.Dir = dir
	output, err := scenario.CombinedOutput()
	require.NoError(t, err, "%s", output)
	assert.Contains(t, string(output), "web SDK scenario passed")
}
