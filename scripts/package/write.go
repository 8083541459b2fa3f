package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/kwipper/kwipper/scripts/internal/staging"
)

// manifestFile lists the packages that the directory holds.
const manifestFile = "manifest.json"

// pack is a package, as the manifest describes it.
type pack struct {
	staging.Function
	Hash         string `json:"hash"`
	Zip          string `json:"zip"`
	ZipSizeBytes int    `json:"zipSizeBytes"`
}

// write writes the packages and their manifest to dir, and removes those of the same
// functions that are out of date.
func write(dir string, sources []staging.Source) ([]pack, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the directory of the packages: %w", err)
	}
	var packages []pack
	for _, s := range sources {
		p, err := writeOne(dir, s)
		if err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
	manifest, err := json.MarshalIndent(packages, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the manifest: %w", err)
	}
	return packages, replace(filepath.Join(dir, manifestFile), append(manifest, '\n'))
}

func writeOne(dir string, s staging.Source) (pack, error) {
	archive, err := s.Archive()
	if err != nil {
		return pack{}, err
	}
	p := pack{Function: s.Function, Hash: s.Hash(), Zip: s.ArchiveName(), ZipSizeBytes: len(archive)}
	if err := replace(filepath.Join(dir, p.Zip), archive); err != nil {
		return pack{}, err
	}
	old, err := filepath.Glob(filepath.Join(dir, s.Name+"-*.zip"))
	if err != nil {
		return pack{}, err
	}
	for _, file := range slices.DeleteFunc(old, func(file string) bool { return filepath.Base(file) == p.Zip }) {
		if err := os.Remove(file); err != nil {
			return pack{}, err
		}
	}
	return p, nil
}

// replace writes a file whole or not at all.
func replace(file string, content []byte) error {
	if err := os.WriteFile(file+".new", content, 0o644); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}
