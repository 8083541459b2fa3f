package staging_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/scripts/internal/staging"
)

// all is asked for where time is no matter: each build takes seconds.
var all = flag.Bool("all-functions", false, "build and start all functions instead of two")

const repository = "../../.."

func TestEverySourceServesBuiltAsTheBuildpackDoes(t *testing.T) {
	functions, err := staging.Find(repository)
	require.NoError(t, err)
	sources, err := staging.Sources(t.Context(), repository, functions)
	require.NoError(t, err)
	dir := t.TempDir()
	for _, s := range sources {
		if !*all && s.Name != "GetUser" && s.Name != "HandleUserCommand" {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			binary := filepath.Join(dir, "function")
			require.NoError(t, s.Build(t.Context(), filepath.Join(dir, "stage"), binary))
			list := exec.CommandContext(t.Context(), "go", "list", "-m", "all")
			list.Dir, list.Env = filepath.Join(dir, "stage"), append(os.Environ(), "GOFLAGS=-mod=readonly", "GOWORK=off")
			modules, err := list.CombinedOutput()
			require.NoError(t, err, "the buildpack asks for all modules: %s", modules)
			answer, err := s.Serve(t.Context(), binary)
			require.NoError(t, err)
			t.Logf("%s answers %d after %s", s.Name, answer.Status, answer.Took)
		})
	}
}

func TestSourceHoldsWhatItsFunctionImportsAlone(t *testing.T) {
	functions, err := staging.Find(repository)
	require.NoError(t, err)
	sources, err := staging.Sources(t.Context(), repository, functions)
	require.NoError(t, err)
	services := []string{"user", "course", "content", "subscription", "billing"}
	for _, s := range sources {
		for _, name := range s.Names() {
			assert.False(t, strings.HasSuffix(name, "_test.go"), "%s: %s", s.Name, name)
			folder, rest, nested := strings.Cut(name, "/")
			if !nested {
				assert.Contains(t, []string{"go.mod", "go.sum", "function.go"}, name)
				continue
			}
			assert.Contains(t, []string{"shared", "functions"}, folder)
			if folder == "functions" {
				assert.Equal(t, s.Path, name[:strings.LastIndex(name, "/")])
			}
			for _, other := range services {
				if folder == "shared" && other != s.Service {
					assert.False(t, strings.HasPrefix(rest, other+"/"), "%s holds %s of another service", s.Name, name)
				}
			}
		}
		described := slices.DeleteFunc(s.Names(), func(name string) bool { return !strings.HasSuffix(name, ".json") })
		if s.Trigger == staging.TriggerHTTP {
			assert.Equal(t, []string{"shared/api/operation/operations/" + s.Name + ".json"}, described)
		} else {
			assert.Empty(t, described, s.Name)
		}
		if store := "shared/" + s.Service + "/" + s.Service + "db/"; holds(s, store) {
			assert.True(t, holds(s, store+"schema/"), "what the store of %s embeds comes along", s.Name)
		}
	}
}

func holds(s staging.Source, folder string) bool {
	return slices.ContainsFunc(s.Names(), func(name string) bool { return strings.HasPrefix(name, folder) })
}

// copyRepository returns a copy of what functions are made of, at another place.
func copyRepository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, part := range []string{"shared", "functions"} {
		require.NoError(t, os.CopyFS(filepath.Join(dir, part), os.DirFS(filepath.Join(repository, part))))
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join(repository, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), text, 0o600))
	}
	return dir
}

// archives returns the sources of all functions by name.
func archives(t *testing.T, root string) map[string]staging.Source {
	t.Helper()
	functions, err := staging.Find(root)
	require.NoError(t, err)
	sources, err := staging.Sources(t.Context(), root, functions)
	require.NoError(t, err)
	found := map[string]staging.Source{}
	for _, s := range sources {
		found[s.Name] = s
	}
	return found
}

func TestSameSourceGivesSameBytesAnywhere(t *testing.T) {
	root := copyRepository(t)
	require.NoError(t, os.WriteFile(filepath.Join(root, "functions/user/getuser/more_test.go"), []byte("package getuser\n"), 0o600))
	here, there := archives(t, root), archives(t, copyOf(t, root))
	require.Len(t, there, len(here))
	for name, s := range here {
		assert.Equal(t, s.ArchiveName(), there[name].ArchiveName())
		if s.Service != "user" && s.Service != "saga" { // compressing all takes long under the race detector
			continue
		}
		first, err := s.Archive()
		require.NoError(t, err)
		second, err := there[name].Archive()
		require.NoError(t, err)
		assert.Equal(t, first, second, name)
		assert.NotContains(t, string(first), root)
	}
}

func copyOf(t *testing.T, root string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "another place")
	require.NoError(t, os.CopyFS(dir, os.DirFS(root)))
	return dir
}

func TestHashChangesWithWhatIsDeployed(t *testing.T) {
	root := copyRepository(t)
	before := archives(t, root)
	ofService := func(service string) (names []string) {
		for name, s := range before {
			if s.Service == service {
				names = append(names, name)
			}
		}
		return names
	}
	for _, c := range []struct {
		file string
		want []string
	}{
		{"functions/user/getuser/function.go", []string{"GetUser"}},
		{"functions/billing/pay/wire.go", []string{"Pay"}},
		{"functions/user/getuser/function_test.go", nil},
		{"shared/user/userdb/userdb_test.go", nil},
		{"shared/api/operation/operations/GetUser.json", []string{"GetUser"}},
		{"shared/api/document/openapi.yaml", nil},
		{"shared/user/userdb/userdb.go", ofService("user")},
		{"shared/billing/billingdb/schema.go", ofService("billing")},
		{"shared/course/coursedb/coursedb.go", ofService("course")},
	} {
		t.Run(c.file, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(root, c.file))
			require.NoError(t, err)
			edit(t, filepath.Join(root, c.file), string(text)+"\n// A change.\n")
			defer edit(t, filepath.Join(root, c.file), string(text))
			var changed []string
			for name, s := range archives(t, root) {
				if s.Hash() != before[name].Hash() {
					changed = append(changed, name)
				}
			}
			assert.ElementsMatch(t, c.want, changed)
		})
	}
}

func TestModulesOfEmulatorsDeployNothing(t *testing.T) {
	root := copyRepository(t)
	before := archives(t, root)
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	var kept strings.Builder
	for line := range strings.Lines(string(text)) {
		if !strings.Contains(line, "github.com/cockroachdb/pebble/v2 ") {
			kept.WriteString(line)
		}
	}
	require.Less(t, kept.Len(), len(text), "the emulators store in pebble")
	edit(t, filepath.Join(root, "go.mod"), kept.String())
	for name, s := range archives(t, root) {
		assert.Equal(t, before[name].Hash(), s.Hash(), name)
	}

	edit(t, filepath.Join(root, "go.mod"), kept.String()+"\nreplace github.com/google/uuid => ../uuid\n")
	functions, err := staging.Find(root)
	require.NoError(t, err)
	_, err = staging.Sources(t.Context(), root, functions)
	assert.ErrorContains(t, err, "replaces or excludes")
}

func edit(t *testing.T, file, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
}

func TestFindRefuses(t *testing.T) {
	const good = "package f\nvar h = httpapi.Operation(\"Get\", wire, serve)\nfunc init() { functions.HTTP(\"Get\", Handle) }\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"nothing":      {nil, "has no functions"},
		"unregistered": {map[string]string{"a/f": "package f\n"}, "functions/a/f registers no function"},
		"twice":        {map[string]string{"a/f": good, "a/g": good}, "both register Get"},
		"no endpoint":  {map[string]string{"a/f": strings.Replace(good, "httpapi", "other", 1)}, "neither httpapi nor event"},
		"another's":    {map[string]string{"a/f": strings.Replace(good, `HTTP("Get"`, `HTTP("Set"`, 1)}, "registers Set and calls itself Get"},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for folder, text := range c.files {
				dir := filepath.Join(root, "functions", folder)
				require.NoError(t, os.MkdirAll(dir, 0o700))
				edit(t, filepath.Join(dir, "function.go"), text)
			}
			_, err := staging.Find(root)
			assert.ErrorContains(t, err, c.want)
		})
	}
}
