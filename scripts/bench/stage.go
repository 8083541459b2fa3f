package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

// tree is a copy of what a function is deployed from, as the Go buildpack finds it: go.mod,
// shared/, one function, a root package that imports it, and the main package that the
// buildpack adds.
type tree struct{ dir string }

var rootFile = template.Must(template.New("root").Parse(`// Package kwipper is the root package that the buildpack builds.
package kwipper

import _ "{{.}}"
`))

const mainFile = `package main

import (
	"log"
	"os"

	"github.com/GoogleCloudPlatform/functions-framework-go/funcframework"

	_ "github.com/kwipper/kwipper"
)

func main() {
	if err := funcframework.StartHostPort("127.0.0.1", os.Getenv("PORT")); err != nil {
		log.Fatal(err)
	}
}
`

// emptyFunction does nothing: what the framework itself costs.
const emptyFunction = `package empty

import (
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
)

func init() {
	functions.HTTP("Empty", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
}
`

// stage copies what all functions need.
func stage(ctx context.Context, dir string) (tree, error) {
	module, err := command(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return tree{}, fmt.Errorf("find the module: %w", err)
	}
	root := strings.TrimSpace(string(module))
	for _, part := range []string{"shared", "functions"} {
		err := os.CopyFS(filepath.Join(dir, part), sources{os.DirFS(filepath.Join(root, part))})
		if err != nil {
			return tree{}, fmt.Errorf("copy %s: %w", part, err)
		}
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return tree{}, err
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return tree{}, err
		}
	}
	return tree{dir}, errors.Join(
		write(filepath.Join(dir, "functions/empty/empty.go"), emptyFunction),
		write(filepath.Join(dir, "serverless_function_app/main.go"), mainFile))
}

func write(name, text string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	return os.WriteFile(name, []byte(text), 0o600)
}

// sources is a tree without its tests, which may import what is not deployed.
type sources struct{ fs.FS }

// ReadDir leaves out the tests.
func (s sources) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(s.FS, name)
	var kept []fs.DirEntry
	for _, e := range entries {
		if e.Type().IsRegular() && !strings.HasSuffix(e.Name(), "_test.go") || e.IsDir() && e.Name() != "testdata" {
			kept = append(kept, e)
		}
	}
	return kept, err
}

// build builds the binary of the function in package functions/<path>.
func (t tree) build(ctx context.Context, path, binary string) error {
	var root strings.Builder
	if err := rootFile.Execute(&root, "github.com/kwipper/kwipper/functions/"+path); err != nil {
		return err
	}
	if err := write(filepath.Join(t.dir, "function.go"), root.String()); err != nil {
		return err
	}
	c := command(ctx, "go", "build", "-ldflags", "-s -w", "-tags", "disable_grpc_modules", "-o", binary, "./serverless_function_app")
	c.Dir = t.dir
	c.Env = append(os.Environ(), "GOFLAGS=-mod=mod") // the main package needs more of the framework than the project does
	if err := c.Run(); err != nil {
		return fmt.Errorf("build %s: %w", path, err)
	}
	return nil
}
