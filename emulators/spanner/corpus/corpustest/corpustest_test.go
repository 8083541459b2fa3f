package corpustest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/emulators/spanner/corpus/corpustest"
)

func TestAnalysisIsThatOfGoogle(t *testing.T) {
	counts := corpustest.Check(t, "../testdata")
	assert.GreaterOrEqual(t, counts.Statements, 1500)
}
