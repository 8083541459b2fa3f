package staging

import (
	"context"
	"fmt"
	"path/filepath"
)

// mainFile is what the buildpack adds. It listens on loopback, as it runs here only.
const mainFile = `package main

import (
	"log"
	"os"

	"github.com/GoogleCloudPlatform/functions-framework-go/funcframework"

	_ "%s"
)

func main() {
	if err := funcframework.StartHostPort("127.0.0.1", os.Getenv("PORT")); err != nil {
		log.Fatal(err)
	}
}
`

// Build writes the source to dir and builds it to binary as the buildpack does, from what is
// in the source alone. Builds in the same dir share what they compile.
func (s Source) Build(ctx context.Context, dir, binary string) error {
	if err := s.Write(dir); err != nil {
		return err
	}
	_, module, err := Module(ctx, dir)
	if err != nil {
		return err
	}
	if err := write(filepath.Join(dir, "serverless_function_app", "main.go"), fmt.Appendf(nil, mainFile, module)); err != nil {
		return err
	}
	_, err = run(ctx, dir, nil, "build", "-ldflags", "-s -w", "-tags", BuildTags, "-o", binary, "./serverless_function_app")
	if err != nil {
		return fmt.Errorf("build %s: %w", s.Name, err)
	}
	return nil
}
