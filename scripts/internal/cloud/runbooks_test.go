package cloud_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var alertName = regexp.MustCompile(`(?m)^    "([a-z-]+)" = \{$`)

// Each alert has a runbook and each runbook an alert; the log lines that metrics count are
// those that the code writes.
func TestEveryAlertHasItsRunbook(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		require.NoError(t, err)
		return string(text)
	}
	var alerts, runbooks []string
	for _, match := range alertName.FindAllStringSubmatch(read("terraform/modules/monitoring/alerts.tf"), -1) {
		alerts = append(alerts, match[1])
	}
	files, err := filepath.Glob(filepath.Join(root, "docs", "runbooks", "*.md"))
	require.NoError(t, err)
	index := read("docs/runbooks/README.md")
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".md"); name != "README" {
			runbooks = append(runbooks, name)
			assert.Contains(t, index, "["+name+"]("+name+".md)")
		}
	}
	slices.Sort(alerts)
	require.NotEmpty(t, alerts)
	assert.Equal(t, runbooks, alerts)
}

var message = regexp.MustCompile(`jsonPayload\.message=\(?((?:\\"[^"]*\\"(?: OR )?)+)`)

func TestMetricsCountWhatTheCodeLogs(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	metrics, err := os.ReadFile(filepath.Join(root, "terraform", "modules", "monitoring", "main.tf"))
	require.NoError(t, err)
	var source strings.Builder
	for _, tree := range []string{"shared", "functions"} {
		require.NoError(t, filepath.WalkDir(filepath.Join(root, tree), func(path string, _ os.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
				var text []byte
				text, err = os.ReadFile(path)
				source.Write(text)
			}
			return err
		}))
	}
	counted := message.FindAllStringSubmatch(string(metrics), -1)
	require.NotEmpty(t, counted)
	for _, match := range counted {
		for text := range strings.SplitSeq(match[1], " OR ") {
			text = strings.Trim(text, `\"`)
			assert.Contains(t, source.String(), `"`+text, "no code logs %q", text)
		}
	}
}
