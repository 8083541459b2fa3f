package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/kwipper/kwipper/emulators/local/stack"
	"github.com/kwipper/kwipper/scripts/internal/staging"
)

// few are the functions measured unless all are: the kinds that there are.
var few = []string{"ListCourses", "GetUser", "Subscribe", "SignContents", "Pay", "Orchestrate"}

// starts is how often each binary is started; the median is reported.
const starts = 7

// empty is a function that does nothing: what the framework itself costs.
var empty = staging.Function{Name: "Empty", Path: "functions/measure/empty", Trigger: staging.TriggerHTTP}

const emptySource = `package empty

import (
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"
)

func init() {
	functions.HTTP("Empty", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
}
`

// binary is a function's binary.
type binary struct {
	name, file string
	status     int
	took       []time.Duration
	residentKB int64
}

// coldStart builds binaries as the buildpack does and measures them from the start of the
// process to the first answer, with the emulators of the running stack around them.
func (b *bench) coldStart(ctx context.Context) error {
	sources, err := b.sources(ctx)
	if err != nil {
		return err
	}
	var binaries []*binary
	for _, source := range sources {
		each := &binary{name: source.Name, file: filepath.Join(b.dir, "function-"+source.Name)}
		if err := source.Build(ctx, filepath.Join(b.dir, "stage"), each.file); err != nil {
			return err
		}
		binaries = append(binaries, each)
	}
	learners, err := b.enroll(ctx, 1)
	if err != nil {
		return err
	}
	ports, err := stack.FreePorts()
	if err != nil {
		return err
	}
	for range starts { // in turns, so that what else the machine does weighs on all alike
		for _, each := range binaries {
			if err := each.start(ctx, ports.Functions, learners[0].Token); err != nil {
				return fmt.Errorf("start %s: %w", each.name, err)
			}
		}
	}
	framework := quantile(binaries[0].took, 0.5)
	var rows [][]string
	for _, each := range binaries {
		size, err := os.Stat(each.file)
		if err != nil {
			return err
		}
		median := quantile(each.took, 0.5)
		rows = append(rows, []string{each.name, milliseconds(median), milliseconds(median - framework), fmt.Sprint(each.status),
			fmt.Sprintf("%.1f MB", float64(size.Size())/1e6), fmt.Sprintf("%.1f MB", float64(each.residentKB)*1024/1e6)})
	}
	table(fmt.Sprintf("Cold start (median of %d)", starts), []string{"function", "start to first answer", "more than the empty one", "answer", "binary", "resident memory"}, rows)
	return nil
}

// sources are those of the empty function and then of the functions to measure.
func (b *bench) sources(ctx context.Context) ([]staging.Source, error) {
	root, module, err := staging.Module(ctx, ".")
	if err != nil {
		return nil, err
	}
	functions, err := staging.Find(root)
	if err != nil {
		return nil, err
	}
	if !b.allFunctions {
		functions = slices.DeleteFunc(functions, func(f staging.Function) bool { return !slices.Contains(few, f.Name) })
	}
	sources, err := staging.Sources(ctx, root, functions)
	if err != nil {
		return nil, err
	}
	framework, err := sources[0].With(module, empty, emptySource)
	return append([]staging.Source{framework}, sources...), err
}

// start starts the binary once, waits for its first answer and kills it. The stack of this
// process has set the environment.
func (b *binary) start(ctx context.Context, port int, token string) error {
	process, err := staging.Launch(ctx, b.file, b.name, port, os.Environ())
	if err != nil {
		return err
	}
	defer process.Kill()
	answer, err := process.FirstAnswer(ctx, func(ctx context.Context) (*http.Request, error) {
		return b.request(ctx, fmt.Sprintf("http://127.0.0.1:%d/%s", port, b.address()), token)
	})
	if err != nil {
		return err
	}
	b.took, b.status = append(b.took, answer.Took), answer.Status
	b.residentKB, _ = procField(fmt.Sprintf("/proc/%d/status", process.ID()), "VmRSS:")
	return nil
}

// nowhere is an id that nothing has.
const nowhere = "jp-00000000-0000-8000-8000-000000000000"

// address is the path of a request that the function answers, a learner's. Event functions
// refuse it, as it is not the service account's.
func (b *binary) address() string {
	switch {
	case b.name == "ListCourses":
		return "v1/courses?regionCode=JP"
	case strings.HasPrefix(b.name, "Get"):
		return "v1/users/me"
	case b.name == "SignContents":
		return "v1/courses/" + nowhere + "/items/" + nowhere + "/contents:sign"
	case b.name == "Subscribe":
		return "v1/users/me/subscriptions"
	default:
		return ""
	}
}

func (b *binary) method() string {
	if strings.HasPrefix(b.name, "Get") || strings.HasPrefix(b.name, "List") || strings.HasPrefix(b.name, "Sign") {
		return http.MethodGet
	}
	return http.MethodPost
}

func (b *binary) request(ctx context.Context, address, token string) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, b.method(), address, strings.NewReader("{}"))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	return r, nil
}
