package behaviour_test

import (
	_ "embed"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

//go:embed official.txt
var official string

var (
	officialLine = regexp.MustCompile(`^(\w+\.cc): (covered in|partly in|left out:) (.+)$`)
	officialFile = regexp.MustCompile(`^(\w+_test\.go) \(([1-9]\d*)\)(; .+|: .+)?$`)
)

// TestOfficialSuiteIsAccountedFor reads the table of the suite's files.
func TestOfficialSuiteIsAccountedFor(t *testing.T) {
	var before string
	counts := map[string]int{}
	for line := range strings.Lines(official) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		m := officialLine.FindStringSubmatch(strings.TrimSpace(line))
		if !assert.NotNil(t, m, line) {
			continue
		}
		assert.Less(t, before, m[1], "files are sorted")
		before = m[1]
		counts[m[2]]++
		if m[2] == "left out:" {
			continue
		}
		where := officialFile.FindStringSubmatch(m[3])
		if assert.NotNil(t, where, line) {
			text, err := os.ReadFile(where[1])
			assert.NoError(t, err)
			assert.Contains(t, string(text), m[1], "the tests say what they follow")
			assert.Equal(t, m[2] == "partly in", strings.HasPrefix(where[3], ":"), line)
		}
	}
	t.Log(counts)
}
