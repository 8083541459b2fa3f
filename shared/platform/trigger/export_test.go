package trigger

import (
	"testing"
	"time"
)

// SetReadTimeout sets the time that bodies are given, for one test.
func SetReadTimeout(t *testing.T, timeout time.Duration) {
	kept := readTimeout
	readTimeout = timeout
	t.Cleanup(func() { readTimeout = kept })
}
