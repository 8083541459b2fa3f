package billing_test

import (
	"io"
	"log/slog"
	"os"
	"testing"
)

// TestMain keeps the log quiet: thousands of stories fail on purpose.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	os.Exit(m.Run())
}
