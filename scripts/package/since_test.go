package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestExportReadsTheRevisionAndLeavesTheWorkTreeAlone(t *testing.T) {
	root := t.TempDir()
	git := func(args ...string) {
		c := exec.CommandContext(t.Context(), "git", append([]string{"-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"}, args...)...)
		c.Dir = root
		out, err := c.CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	file := func(dir, name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	for _, name := range []string{"go.mod", "go.sum", "shared/a/a.go", "functions/s/f/function.go", "docs/page.md"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(file(root, name)), 0o700))
		require.NoError(t, os.WriteFile(file(root, name), []byte("then"), 0o600))
	}
	git("init", "--quiet")
	git("add", ".")
	git("commit", "--quiet", "--message", "then")
	require.NoError(t, os.WriteFile(file(root, "shared/a/a.go"), []byte("now"), 0o600))

	dir := t.TempDir()
	require.NoError(t, export(t.Context(), root, "HEAD", dir))
	for _, name := range []string{"go.mod", "go.sum", "shared/a/a.go", "functions/s/f/function.go"} {
		text, err := os.ReadFile(file(dir, name))
		require.NoError(t, err)
		assert.Equal(t, "then", string(text), name)
	}
	assert.NoFileExists(t, file(dir, "docs/page.md"))
	text, err := os.ReadFile(file(root, "shared/a/a.go"))
	require.NoError(t, err)
	assert.Equal(t, "now", string(text))
}
