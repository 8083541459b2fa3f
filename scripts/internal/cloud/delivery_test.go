package cloud_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

// build is a file of cloudbuild/, as far as it is looked at.
type build struct {
	Steps []struct {
		ID     string   `yaml:"id"`
		Name   string   `yaml:"name"`
		Script string   `yaml:"script"`
		Args   []string `yaml:"args"`
		Env    []string `yaml:"env"`
	} `yaml:"steps"`
	Substitutions map[string]string `yaml:"substitutions"`
	Timeout       string            `yaml:"timeout"`
	Options       struct {
		Logging string `yaml:"logging"`
	} `yaml:"options"`
	Artifacts struct {
		Objects struct {
			Location string   `yaml:"location"`
			Paths    []string `yaml:"paths"`
		} `yaml:"objects"`
	} `yaml:"artifacts"`
}

var repository = filepath.Join("..", "..", "..")

func readBuild(t *testing.T, name string) build {
	file, err := os.Open(filepath.Join(repository, "cloudbuild", name))
	require.NoError(t, err)
	defer file.Close()
	var b build
	require.NoError(t, yaml.NewDecoder(file).Decode(&b), name)
	return b
}

// In this order: nothing is deployed before what serves is pinned and schemas have grown, and
// nobody sees it before the front door was asked.
func TestStepsOfDelivery(t *testing.T) {
	for name, want := range map[string][]string{
		"check.yaml":    {"tools", "check", "test", "spanner", "pubsub", "test-official", "package"},
		"plan.yaml":     {"tools", "package", "plan"},
		"release.yaml":  {"tools", "await", "package", "prepare", "migrate", "apply", "smoke", "forward", "smoke-after"},
		"contract.yaml": {"tools", "contract"},
	} {
		var got []string
		b := readBuild(t, name)
		for _, step := range b.Steps {
			got = append(got, step.ID)
		}
		assert.Equal(t, want, got, name)
		assert.Equal(t, "CLOUD_LOGGING_ONLY", b.Options.Logging, "%s: accounts of our own need it", name)
		assert.NotEmpty(t, b.Timeout, name)
	}
}

var called = regexp.MustCompile(`(?:\./)?(scripts/[a-z-]+)`)

// Each step calls what also runs on a laptop, and says what it does with --help.
func TestStepsCallScriptsThatExist(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(repository, "cloudbuild", "*.yaml"))
	require.NoError(t, err)
	helped := map[string]bool{}
	for _, file := range files {
		for _, step := range readBuild(t, filepath.Base(file)).Steps {
			if step.Name != "tools" {
				continue
			}
			scripts := called.FindAllStringSubmatch(step.Script, -1)
			assert.NotEmpty(t, scripts, "%s, %s", file, step.ID)
			for _, script := range scripts {
				helped[script[1]] = true
			}
		}
	}
	for script := range helped {
		path := filepath.Join(repository, filepath.FromSlash(script))
		info, err := os.Stat(path)
		if !assert.NoError(t, err) || info.IsDir() { // a Go program: its own tests ask for --help
			continue
		}
		assert.NotZero(t, info.Mode()&0o100, "%s cannot be run", script)
		command := exec.CommandContext(t.Context(), "bash", script, "--help")
		command.Dir = repository
		out, err := command.CombinedOutput()
		assert.NoError(t, err, "%s --help: %s", script, out)
		assert.Contains(t, string(out), script)
	}
}

var substitution = regexp.MustCompile(`\$\{?(_[A-Z_]+)`)

// Substitutions are those that the triggers give; what a shell reads it is given as environment,
// never as text of the script.
func TestSubstitutions(t *testing.T) {
	triggers, err := os.ReadFile(filepath.Join(repository, "terraform", "modules", "delivery", "triggers.tf"))
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(repository, "cloudbuild", "*.yaml"))
	require.NoError(t, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		name := filepath.Base(file)
		assert.Contains(t, string(triggers), `"cloudbuild/`+name+`"`, "no trigger runs it")
		b := readBuild(t, name)
		for _, match := range substitution.FindAllStringSubmatch(string(text), -1) {
			if match[1] == "_PR_NUMBER" { // Cloud Build's own
				continue
			}
			assert.Contains(t, b.Substitutions, match[1], name)
			assert.Contains(t, string(triggers), match[1], name)
		}
		for _, step := range b.Steps {
			assert.NotRegexp(t, `\$\{?_`, step.Script, "%s, %s", name, step.ID)
		}
	}
}

var secret = regexp.MustCompile(`(?i)(sk_(live|test)_|whsec_|-----BEGIN|AIza[0-9A-Za-z_-]{10}|ghp_|password *[:=]|"private_key")`)

func TestNoSecretsInDelivery(t *testing.T) {
	for _, dir := range []string{"cloudbuild", "terraform"} {
		require.NoError(t, filepath.WalkDir(filepath.Join(repository, dir), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			assert.NotRegexp(t, secret, string(text), path)
			return err
		}))
	}
}

// The environments of the scripts are those that have values, all of them.
func TestEnvironmentsOfTheScripts(t *testing.T) {
	entries, err := os.ReadDir(filepath.Join(repository, "terraform", "environments"))
	require.NoError(t, err)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
		for _, file := range []string{"kwipper.tfvars", "delivery.tfvars", "backend.hcl"} {
			assert.FileExists(t, filepath.Join(repository, "terraform", "environments", entry.Name(), file))
		}
	}
	slices.Sort(names)
	for _, script := range []string{"scripts/terraform", "scripts/rollout"} {
		text, err := os.ReadFile(filepath.Join(repository, filepath.FromSlash(script)))
		require.NoError(t, err)
		match := regexp.MustCompile(`(?m)^  ([a-z|]+)\) environment=`).FindStringSubmatch(string(text))
		require.NotNil(t, match, script)
		assert.ElementsMatch(t, names, strings.Split(match[1], "|"), script)
	}
}

// Google's emulators are those that a laptop starts.
func TestOfficialEmulatorsAreThoseOfCompose(t *testing.T) {
	compose, err := os.ReadFile(filepath.Join(repository, "emulators", "compose.yaml"))
	require.NoError(t, err)
	var images []string
	for _, match := range regexp.MustCompile(`image: (\S+)`).FindAllStringSubmatch(string(compose), -1) {
		images = append(images, match[1])
	}
	var used []string
	for _, step := range readBuild(t, "check.yaml").Steps {
		for _, argument := range step.Args {
			if slices.Contains(images, argument) {
				used = append(used, argument)
			}
		}
	}
	assert.ElementsMatch(t, images, used)
}

// Every role of who delivers has its reason, and none is over everything.
func TestRolesOfDelivery(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(repository, "terraform", "modules", "delivery", "roles.json"))
	require.NoError(t, err)
	var accounts map[string]map[string]string
	require.NoError(t, json.Unmarshal(text, &accounts))
	assert.Len(t, accounts, 3)
	for account, roles := range accounts {
		for role, reason := range roles {
			assert.NotEmpty(t, reason, "%s: %s", account, role)
			assert.NotContains(t, []string{"roles/owner", "roles/editor", "roles/viewer"}, role, account)
		}
	}
}
