package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/scripts/internal/staging"
)

func source(name, text string) staging.Source {
	return staging.Source{
		Function: staging.Function{Name: name, Service: "user", Path: "functions/user/f", Trigger: staging.TriggerHTTP},
		Files:    map[string][]byte{"go.mod": []byte("module m\n"), "function.go": []byte(text)},
	}
}

func TestWriteKeepsTheNewestOfEachFunction(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "dist")
	_, err := write(dir, []staging.Source{source("Refund", "old"), source("RefundInvoice", "as ever")})
	require.NoError(t, err)
	packages, err := write(dir, []staging.Source{source("Refund", "new")})
	require.NoError(t, err)

	zips, err := filepath.Glob(filepath.Join(dir, "*.zip"))
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{
		filepath.Join(dir, source("Refund", "new").ArchiveName()),
		filepath.Join(dir, source("RefundInvoice", "as ever").ArchiveName()),
	}, zips)

	text, err := os.ReadFile(filepath.Join(dir, manifestFile))
	require.NoError(t, err)
	var manifest []map[string]any
	require.NoError(t, json.Unmarshal(text, &manifest))
	assert.Equal(t, []map[string]any{{
		"name": "Refund", "service": "user", "path": "functions/user/f", "trigger": "http",
		"hash": source("Refund", "new").Hash(), "zip": packages[0].Zip, "zipSizeBytes": float64(packages[0].ZipSizeBytes),
	}}, manifest)
}

func TestTableSaysWhatChanged(t *testing.T) {
	before := map[string]string{"Same": source("Same", "a").Hash(), "Edited": source("Edited", "a").Hash(), "Gone": "x"}
	packages, err := write(t.TempDir(), []staging.Source{source("Edited", "b"), source("Fresh", "a"), source("Same", "a")})
	require.NoError(t, err)
	report := table{packages: packages, since: "main", before: before, all: true,
		binaries: map[string]binary{"Same": {sizeBytes: 25_000_000, coldStart: 11 * time.Millisecond}}}
	assert.Equal(t, map[string]string{"Same": unchanged, "Edited": changed, "Fresh": added, "Gone": removed}, report.changes())

	var out bytes.Buffer
	require.NoError(t, report.print(&out))
	assert.Contains(t, out.String(), "25.0 MB")
	assert.Contains(t, out.String(), "Gone is removed\n")
	assert.Contains(t, out.String(), "3 functions, 0.0 MB; since main: 1 changed, 1 new, 1 removed\n")

	report.all = false
	assert.NotContains(t, report.changes(), "Gone", "who packages a few asks about these")
}

func TestRunRefuses(t *testing.T) {
	t.Chdir("../..")
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"a function that is none": {[]string{"GetNothing"}, "there is no function GetNothing"},
		"a revision that is none": {[]string{"--since", "no-such-revision", "GetUser"}, "read revision no-such-revision"},
		"a flag for a revision":   {[]string{"--since", "--output=x", "GetUser"}, "that is a flag"},
	} {
		t.Run(name, func(t *testing.T) {
			var out, messages bytes.Buffer
			err := run(t.Context(), append([]string{"--out", t.TempDir()}, c.args...), &out, &messages)
			assert.ErrorContains(t, err, c.want)
		})
	}
}

func TestHelp(t *testing.T) {
	var out, messages bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"--help"}, &out, &messages))
	assert.Contains(t, messages.String(), "-since REVISION")
}
