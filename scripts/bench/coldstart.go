package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc"

	"github.com/kwipper/kwipper/emulators/local/stack"
	"github.com/kwipper/kwipper/scripts/internal/staging"
	"github.com/kwipper/kwipper/shared/platform/health"
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
	name, file  string
	status      int
	live, first []time.Duration // from start to the answer of /health/live, of another request
	residentKB  int64
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
	if err := measure(ctx, binaries, learners[0].Token); err != nil {
		return err
	}
	var rows [][]string
	for _, each := range binaries {
		row, err := each.row(binaries[0])
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	table(fmt.Sprintf("Cold start, as deployed with traces (median of %d)", starts), []string{
		"function", "start to /health/live", "of the empty one's", "start to first answer", "of the empty one's", "answer", "binary", "resident memory",
	}, rows)
	return nil
}

// measure starts all binaries in turns, so that what else the machine does weighs on all alike.
func measure(ctx context.Context, binaries []*binary, token string) error {
	ports, err := stack.FreePorts()
	if err != nil {
		return err
	}
	collector, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	spans := grpc.NewServer() // refuses spans, which are sent a second after they end: nobody waits for that
	go func() { _ = spans.Serve(collector) }()
	defer spans.Stop()
	deployed := append(os.Environ(), "TRACES_ENDPOINT=http://"+collector.Addr().String(), "TRACE_SAMPLE_RATIO=1")
	for range starts {
		for _, each := range binaries {
			if err := each.start(ctx, deployed, ports.Functions, token); err != nil {
				return fmt.Errorf("start %s: %w", each.name, err)
			}
		}
	}
	return nil
}

// row is a line of the table, with ratios to the empty function.
func (b *binary) row(empty *binary) ([]string, error) {
	size, err := os.Stat(b.file)
	if err != nil {
		return nil, err
	}
	live, first := quantile(b.live, 0.5), quantile(b.first, 0.5)
	ratio := func(took, of time.Duration) string { return fmt.Sprintf("%.1f", float64(took)/float64(of)) }
	return []string{
		b.name, milliseconds(live), ratio(live, quantile(empty.live, 0.5)), milliseconds(first), ratio(first, quantile(empty.first, 0.5)),
		fmt.Sprint(b.status), fmt.Sprintf("%.1f MB", float64(size.Size())/1e6), fmt.Sprintf("%.1f MB", float64(b.residentKB)*1024/1e6),
	}, nil
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

// start starts the binary twice: for its health, and for another request. The stack of this
// process has set the environment, K_SERVICE makes it do what it does when it is deployed.
func (b *binary) start(ctx context.Context, environment []string, port int, token string) error {
	environment = append(environment[:len(environment):len(environment)], "K_SERVICE="+strings.ToLower(b.name))
	address := fmt.Sprintf("http://127.0.0.1:%d", port)
	live, _, err := b.once(ctx, environment, port, func(ctx context.Context) (*http.Request, error) {
		return http.NewRequestWithContext(ctx, http.MethodGet, address+health.LivePath, nil)
	})
	if err != nil {
		return err
	}
	if live.Status >= http.StatusMultipleChoices {
		return fmt.Errorf("%s answers %d", health.LivePath, live.Status)
	}
	first, residentKB, err := b.once(ctx, environment, port, func(ctx context.Context) (*http.Request, error) {
		return b.request(ctx, address+"/"+b.address(), token)
	})
	if err != nil {
		return err
	}
	b.live, b.first = append(b.live, live.Took), append(b.first, first.Took)
	b.status, b.residentKB = first.Status, residentKB
	return nil
}

// once starts the binary, waits for its first answer and kills it.
func (b *binary) once(ctx context.Context, environment []string, port int, ask func(context.Context) (*http.Request, error)) (staging.Answer, int64, error) {
	process, err := staging.Launch(ctx, b.file, b.name, port, environment)
	if err != nil {
		return staging.Answer{}, 0, err
	}
	defer process.Kill()
	answer, err := process.FirstAnswer(ctx, ask)
	if err != nil {
		return staging.Answer{}, 0, err
	}
	residentKB, _ := procField(fmt.Sprintf("/proc/%d/status", process.ID()), "VmRSS:")
	return answer, residentKB, nil
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
