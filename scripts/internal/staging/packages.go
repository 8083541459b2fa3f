package staging

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// BuildTags are the tags that functions are built with: this one leaves out of the storage
// client what serves gRPC, a third of a cold start.
const BuildTags = "disable_grpc_modules"

// frameworkMain is what the main package that the buildpack generates imports.
const frameworkMain = "github.com/GoogleCloudPlatform/functions-framework-go/funcframework"

// pkg is a package as `go list` describes it.
type pkg struct {
	ImportPath, Dir                  string
	GoFiles, EmbedFiles              []string
	CgoFiles, SFiles, HFiles, CFiles []string
	Imports                          []string
	Module                           *struct {
		Path, Version string
		Main          bool
	}
}

// Module returns the root and the path of the module that holds dir.
func Module(ctx context.Context, dir string) (root, path string, err error) {
	out, err := run(ctx, dir, nil, "list", "-m", "-f", "{{.Dir}}\n{{.Path}}")
	if err != nil {
		return "", "", err
	}
	root, path, _ = strings.Cut(strings.TrimSpace(string(out)), "\n")
	return root, path, nil
}

// list returns the packages and all that they import, by import path, as they are deployed:
// on Linux, whatever this machine is.
func list(ctx context.Context, root, tags string, packages []string) (map[string]pkg, error) {
	target := []string{"GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0"}
	args := append([]string{"list", "-deps", "-tags", tags,
		"-json=ImportPath,Dir,GoFiles,EmbedFiles,CgoFiles,SFiles,HFiles,CFiles,Imports,Module", "--"}, packages...)
	out, err := run(ctx, root, target, args...)
	if err != nil {
		return nil, err
	}
	found := map[string]pkg{}
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return found, nil
		} else if err != nil {
			return nil, fmt.Errorf("read what go list says: %w", err)
		}
		found[p.ImportPath] = p
	}
}

// closure returns the import paths of a package and all that it imports, once each.
func closure(all map[string]pkg, of ...string) []string {
	seen, found := map[string]bool{}, []string{}
	for len(of) > 0 {
		next := of[len(of)-1]
		of = of[:len(of)-1]
		if p, ok := all[next]; ok && !seen[next] {
			seen[next] = true
			found = append(found, next)
			of = append(of, p.Imports...)
		}
	}
	return found
}

// run runs the go command on the module in dir as it stands, whatever the caller's settings.
func run(ctx context.Context, dir string, environment []string, args ...string) ([]byte, error) {
	c := exec.CommandContext(ctx, "go", args...)
	c.Dir = dir
	c.Env = append(append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off"), environment...)
	var problems bytes.Buffer
	c.Stderr = &problems
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", args[0], err, bytes.TrimSpace(problems.Bytes()))
	}
	return out, nil
}
