// Command generate writes one small JSON file an operation of openapi.yaml, with all
// references resolved, for package shared/api/operation. It refuses a document that is
// not valid or uses what that package does not check.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/kwipper/kwipper/shared/api/internal/generate/resolve"
)

func main() {
	if err := run(".", "operation/operations"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run writes the files and then, last, the sum of what they were made from and of what
// oapi-codegen made before, by which a test knows that all of it is fresh.
func run(source, target string) error {
	document, err := os.ReadFile(filepath.Join(source, "document", "openapi.yaml"))
	if err != nil {
		return err
	}
	files, err := resolve.Files(document)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(target, 0o755); err != nil {
		return err
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(target, name), content, 0o644); err != nil {
			return err
		}
	}
	if err := removeOthers(target, files); err != nil {
		return err
	}
	sum, err := resolve.Sum(os.DirFS(source))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(source, "generated.sum"), []byte(sum), 0o644)
}

func removeOthers(target string, files map[string][]byte) error {
	entries, err := os.ReadDir(target)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if _, wanted := files[entry.Name()]; wanted {
			continue
		}
		if err := os.Remove(filepath.Join(target, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}
