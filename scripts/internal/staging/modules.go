package staging

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// moduleFiles makes the go.mod and go.sum of sources. They hold the modules that a function
// is built from, at the versions selected for the whole repository, and no others: a new
// version of what only tests or emulators use deploys nothing.
type moduleFiles struct {
	path, goVersion string
	sum             []string // the lines of the repository's go.sum
	made            map[string]map[string][]byte
}

func readModule(ctx context.Context, root string) (*moduleFiles, error) {
	text, err := run(ctx, root, nil, "mod", "edit", "-json")
	if err != nil {
		return nil, err
	}
	var mod struct {
		Module           struct{ Path string }
		Go               string
		Replace, Exclude []any
	}
	if err := json.Unmarshal(text, &mod); err != nil {
		return nil, fmt.Errorf("read go.mod: %w", err)
	}
	if len(mod.Replace)+len(mod.Exclude) > 0 {
		return nil, errors.New("go.mod replaces or excludes modules, which functions would be deployed without")
	}
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		return nil, err
	}
	return &moduleFiles{mod.Module.Path, mod.Go, slices.Collect(strings.Lines(string(sum))), map[string]map[string][]byte{}}, nil
}

// files returns go.mod and go.sum for these modules, each "path version".
func (m *moduleFiles) files(ctx context.Context, modules []string) (map[string][]byte, error) {
	mod := fmt.Appendf(nil, "module %s\n\ngo %s\n\nrequire (\n\t%s\n)\n", m.path, m.goVersion, strings.Join(modules, "\n\t"))
	if made, ok := m.made[string(mod)]; ok {
		return made, nil
	}
	graph, err := m.graph(ctx, mod)
	if err != nil {
		return nil, err
	}
	var sum bytes.Buffer
	for _, line := range m.sum {
		module, hash, _ := strings.Cut(line, " h1:")
		selected, isMod := strings.CutSuffix(module, "/go.mod")
		if hash != "" && (isMod && graph[selected] || slices.Contains(modules, module)) {
			sum.WriteString(line)
		}
	}
	made := map[string][]byte{"go.mod": mod, "go.sum": sum.Bytes()}
	m.made[string(mod)] = made
	return made, nil
}

// graph returns all modules whose go.mod the go command may want to read, each "path
// version": the buildpack asks it for the list of all modules.
func (m *moduleFiles) graph(ctx context.Context, mod []byte) (found map[string]bool, err error) {
	dir, err := os.MkdirTemp("", "kwipper-modules-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	err = errors.Join(write(filepath.Join(dir, "go.mod"), mod), write(filepath.Join(dir, "go.sum"), []byte(strings.Join(m.sum, ""))))
	if err != nil {
		return nil, err
	}
	out, err := run(ctx, dir, nil, "mod", "graph")
	if err != nil {
		return nil, err
	}
	found = map[string]bool{}
	for _, module := range strings.Fields(string(out)) {
		found[strings.Replace(module, "@", " ", 1)] = true
	}
	return found, nil
}

// modulesOf returns the modules of packages, each "path version", sorted.
func modulesOf(all map[string]pkg, packages []string) []string {
	var found []string
	for _, name := range packages {
		if m := all[name].Module; m != nil && !m.Main {
			found = append(found, m.Path+" "+m.Version)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}
