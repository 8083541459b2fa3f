package cloud_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/scripts/internal/cloud"
)

var root = filepath.Join("..", "..", "..")

func TestConfigurationIsWhole(t *testing.T) {
	wrong, err := cloud.Configuration(filepath.Join(root, "terraform"))
	require.NoError(t, err)
	assert.Empty(t, wrong)
}

// copyOf copies terraform/, with one file changed.
func copyOf(t *testing.T, file string, change func(string) string) string {
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join(root, "terraform"))))
	path := filepath.Join(dir, filepath.FromSlash(file))
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	text, _ := os.ReadFile(path)
	changed := change(string(text))
	require.NotEqual(t, string(text), changed, "the change changed nothing")
	require.NoError(t, os.WriteFile(path, []byte(changed), 0o600))
	return dir
}

func TestConfigurationIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		file   string
		change func(string) string
		finds  string
	}{
		"a brace too few": {
			"modules/region/main.tf", func(s string) string { return strings.TrimSuffix(strings.TrimSpace(s), "}") }, "main.tf",
		},
		"a database without a guard": {
			"modules/service/main.tf", func(s string) string { return strings.Replace(s, "prevent_destroy = true", "", 1) }, "google_spanner_database.database",
		},
		"a guard that is off": {
			"modules/region/main.tf", func(s string) string {
				return strings.Replace(s, "prevent_destroy = true", "prevent_destroy = false", 1)
			}, "google_storage_bucket.media",
		},
		"code in an environment": {
			"environments/prod/more.tf", func(string) string { return "locals {}\n" }, "environments/prod/more.tf",
		},
		"another provider": {
			"modules/api/more.tf", func(string) string { return "resource \"aws_s3_bucket\" \"b\" {}\n" }, "aws_s3_bucket.b",
		},
		"values that cannot be read": {
			"environments/dev/kwipper.tfvars", func(s string) string { return s + "domains = {\n" }, "kwipper.tfvars",
		},
	} {
		t.Run(name, func(t *testing.T) {
			wrong, err := cloud.Configuration(copyOf(t, c.file, c.change))
			require.NoError(t, err)
			assert.Contains(t, strings.Join(wrong, "\n"), c.finds)
		})
	}
}
