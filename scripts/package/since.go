package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/kwipper/kwipper/scripts/internal/staging"
)

// hashesAt packages all functions of a revision as today's are, and returns their hashes by
// name. The work tree is left alone.
func hashesAt(ctx context.Context, root, revision string) (hashes map[string]string, err error) {
	dir, err := os.MkdirTemp("", "kwipper-package-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := export(ctx, root, revision, dir); err != nil {
		return nil, fmt.Errorf("read revision %s: %w", revision, err)
	}
	functions, err := staging.Find(dir)
	if err != nil {
		return nil, fmt.Errorf("package revision %s: %w", revision, err)
	}
	sources, err := staging.Sources(ctx, dir, functions)
	if err != nil {
		return nil, fmt.Errorf("package revision %s: %w", revision, err)
	}
	hashes = map[string]string{}
	for _, s := range sources {
		hashes[s.Name] = s.Hash()
	}
	return hashes, nil
}

// export writes what packages are made of, as of the revision, to dir.
func export(ctx context.Context, root, revision, dir string) error {
	if strings.HasPrefix(revision, "-") {
		return errors.New("that is a flag")
	}
	c := exec.CommandContext(ctx, "git", "archive", "--format=tar", revision, "go.mod", "go.sum", "shared", "functions")
	c.Dir = root
	var problems bytes.Buffer
	c.Stderr = &problems
	out, err := c.Output()
	if err != nil {
		return fmt.Errorf("git archive: %w: %s", err, bytes.TrimSpace(problems.Bytes()))
	}
	for t := tar.NewReader(bytes.NewReader(out)); ; {
		header, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		if !filepath.IsLocal(header.Name) {
			return fmt.Errorf("%s is outside the tree", header.Name)
		}
		text, err := io.ReadAll(t)
		if err != nil {
			return err
		}
		file := filepath.Join(dir, filepath.FromSlash(header.Name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, text, 0o600)); err != nil {
			return err
		}
	}
}
