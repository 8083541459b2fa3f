// Package servers builds and runs the emulators that are compared, each as a
// process of its own, so that what one uses, and how one dies, is its alone.
package servers

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Names of what is compared.
const (
	Ours        = "ours"
	Handy       = "handy-spanner 0.8.0"
	Spannertest = "spannertest"
)

// Binaries are the programs built, by name.
type Binaries struct {
	paths   map[string]string
	missing map[string]string
}

// Build builds all emulators into a directory. Handy-spanner needs a C
// compiler; without one it is missing, which is not an error.
func Build(ctx context.Context, dir string) (*Binaries, error) {
	module, err := run(ctx, "", nil, "go", "env", "GOMOD")
	if err != nil {
		return nil, err
	}
	here := filepath.Dir(strings.TrimSpace(module))
	b := &Binaries{paths: map[string]string{}, missing: map[string]string{}}
	ours := filepath.Join(dir, "ours")
	if _, err := run(ctx, filepath.Join(here, "../../.."), nil, "go", "build", "-o", ours, "./emulators/spanner/cmd/spanner-emulator"); err != nil {
		return nil, err
	}
	b.paths[Ours] = ours
	fake := filepath.Join(dir, "spannertest")
	if _, err := run(ctx, here, nil, "go", "build", "-o", fake, "./spannertestserver"); err != nil {
		return nil, err
	}
	b.paths[Spannertest] = fake
	handy := filepath.Join(dir, "handy")
	if _, err := run(ctx, here, []string{"CGO_ENABLED=1"}, "go", "build", "-tags", "json1", "-o", handy, "./handyserver"); err != nil {
		b.missing[Handy] = "handy-spanner needs cgo and a C compiler: " + err.Error()
	} else {
		b.paths[Handy] = handy
	}
	return b, nil
}

// Missing says why an emulator is not there, and is empty if it is.
func (b *Binaries) Missing(name string) string { return b.missing[name] }

func run(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, append(os.Environ(), env...), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, lastLine(stderr.String()))
	}
	return stdout.String(), nil
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndexByte(text, '\n')+1:]
}
