package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/kwipper/kwipper/scripts/internal/staging"
)

// starts is how often each binary is started; the median is reported.
const starts = 5

// binary is what was measured of a function's binary.
type binary struct {
	sizeBytes int64
	coldStart time.Duration // to the first answer, without any configuration
}

// buildAll builds and starts functions one after the other.
func buildAll(ctx context.Context, sources []staging.Source) (found map[string]binary, err error) {
	dir, err := os.MkdirTemp("", "kwipper-package-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	found = map[string]binary{}
	for _, s := range sources {
		if found[s.Name], err = buildOne(ctx, s, dir); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func buildOne(ctx context.Context, s staging.Source, dir string) (binary, error) {
	file := filepath.Join(dir, "function")
	if err := s.Build(ctx, filepath.Join(dir, "stage"), file); err != nil {
		return binary{}, err
	}
	size, err := os.Stat(file)
	if err != nil {
		return binary{}, err
	}
	var took []time.Duration
	for range starts {
		answer, err := s.Serve(ctx, file)
		if err != nil {
			return binary{}, err
		}
		took = append(took, answer.Took)
	}
	slices.Sort(took)
	return binary{sizeBytes: size.Size(), coldStart: took[len(took)/2]}, nil
}
