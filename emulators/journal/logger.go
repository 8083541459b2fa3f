package journal

import (
	"fmt"
	"log/slog"
	"os"
)

// quietLogger drops Pebble's progress messages and keeps its errors.
type quietLogger struct{}

func (quietLogger) Infof(string, ...any) {}

func (quietLogger) Errorf(format string, args ...any) {
	slog.Error("journal: " + fmt.Sprintf(format, args...))
}

// Fatalf must not return: Pebble calls it when going on would lose data.
func (quietLogger) Fatalf(format string, args ...any) {
	slog.Error("journal: " + fmt.Sprintf(format, args...))
	os.Exit(1)
}
