package migrate

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNoMigrationOfTheServicesHasChanged(t *testing.T) {
	for name, migrations := range Databases() {
		kept, err := os.ReadFile(ChecksumsFile("../../..", name))
		require.NoError(t, err)
		copied := filepath.Join(t.TempDir(), "checksums.txt")
		require.NoError(t, os.WriteFile(copied, kept, 0o600))
		require.NoError(t, AddChecksums(copied, migrations))
		assert.Equal(t, len(migrations), strings.Count(string(kept), "\n"), "%s: run scripts/generate", name)
	}
}

func TestChecksumsAreOnlyAddedTo(t *testing.T) {
	migrations := history(t)
	file := filepath.Join(t.TempDir(), "checksums.txt")
	require.NoError(t, AddChecksums(file, migrations[:2]))
	before, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Contains(t, string(before), migrations[1].Checksum+"  0002_country\n")

	changed := history(t)
	changed[1].Checksum = changed[0].Checksum
	require.ErrorContains(t, AddChecksums(file, changed), "was changed, renamed or removed")
	require.ErrorContains(t, AddChecksums(file, migrations[:1]), "was changed, renamed or removed")
	kept, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, before, kept)

	require.NoError(t, AddChecksums(file, migrations))
	after, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, string(before), string(after[:len(before)]))
	assert.Equal(t, 5, strings.Count(string(after), "\n"))
}
