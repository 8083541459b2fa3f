package httpapi

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kwipper/kwipper/shared/platform/auth"
)

func TestOnlyAnswersToNobodyInParticularAreCacheable(t *testing.T) {
	assert.Equal(t, "public, max-age=10", OK(nil).Cacheable(auth.Caller{}, 10*time.Second).Header.Get("Cache-Control"))
	assert.NotEmpty(t, OK(nil).Cacheable(auth.Caller{}, 10*time.Second).Header.Get("Vary"))
	assert.Empty(t, OK(nil).Cacheable(auth.Caller{Subject: "uid"}, 10*time.Second).Header)
	assert.Empty(t, OK(nil).Cacheable(auth.Caller{}, 0).Header)
}
