package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/kwipper/kwipper/emulators/local/stack"
)

// few are the functions measured unless all are: the kinds that there are.
var few = []string{"course/listcourses", "user/getuser", "subscription/subscribe", "content/signcontents", "billing/pay", "saga/orchestrate"}

// starts is how often each binary is started; the median is reported.
const starts = 7

// binary is a function's binary.
type binary struct {
	path, name, file string
	status           int
	took             []time.Duration
	residentKB       int64
}

// coldStart builds binaries as the buildpack does and measures them from the start of the
// process to the first answer, with the emulators of the running stack around them.
func (b *bench) coldStart(ctx context.Context) error {
	t, err := stage(ctx, filepath.Join(b.dir, "stage"))
	if err != nil {
		return err
	}
	paths := few
	if b.allFunctions {
		if paths, err = t.functions(); err != nil {
			return err
		}
	}
	binaries := []*binary{{path: "empty", name: "Empty"}}
	for _, path := range paths {
		name, err := t.target(path)
		if err != nil {
			return err
		}
		binaries = append(binaries, &binary{path: path, name: name})
	}
	for _, each := range binaries {
		each.file = filepath.Join(b.dir, "function-"+each.name)
		if err := t.build(ctx, each.path, each.file); err != nil {
			return err
		}
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
	empty := quantile(binaries[0].took, 0.5)
	var rows [][]string
	for _, each := range binaries {
		size, err := os.Stat(each.file)
		if err != nil {
			return err
		}
		median := quantile(each.took, 0.5)
		rows = append(rows, []string{each.name, milliseconds(median), milliseconds(median - empty), fmt.Sprint(each.status),
			fmt.Sprintf("%.1f MB", float64(size.Size())/1e6), fmt.Sprintf("%.1f MB", float64(each.residentKB)*1024/1e6)})
	}
	table(fmt.Sprintf("Cold start (median of %d)", starts), []string{"function", "start to first answer", "more than the empty one", "answer", "binary", "resident memory"}, rows)
	return nil
}

// functions returns the paths of all functions in the tree.
func (t tree) functions() ([]string, error) {
	files, err := filepath.Glob(filepath.Join(t.dir, "functions/*/*/function.go"))
	var paths []string
	for _, file := range files {
		path, err := filepath.Rel(filepath.Join(t.dir, "functions"), filepath.Dir(file))
		if err != nil {
			return nil, err
		}
		paths = append(paths, filepath.ToSlash(path))
	}
	slices.Sort(paths)
	return paths, err
}

var registration = regexp.MustCompile(`functions\.HTTP\("(\w+)"`)

// target is the name under which a function registers.
func (t tree) target(path string) (string, error) {
	text, err := os.ReadFile(filepath.Join(t.dir, "functions", path, "function.go"))
	if err != nil {
		return "", err
	}
	found := registration.FindSubmatch(text)
	if found == nil {
		return "", fmt.Errorf("functions/%s registers nothing", path)
	}
	return string(found[1]), nil
}

// start starts the binary once, waits for its first answer and kills it. The stack of this
// process has set the environment.
func (b *binary) start(ctx context.Context, port int, token string) error {
	process := exec.CommandContext(ctx, b.file)
	process.Env = append(os.Environ(), "FUNCTION_TARGET="+b.name, fmt.Sprintf("PORT=%d", port))
	began := time.Now()
	if err := process.Start(); err != nil {
		return err
	}
	defer func() {
		_ = process.Process.Kill() // it runs
		_ = process.Wait()         // which was killed
	}()
	status, err := firstAnswer(ctx, fmt.Sprintf("http://127.0.0.1:%d/%s", port, b.address()), b.method(), token)
	if err != nil {
		return err
	}
	b.took, b.status = append(b.took, time.Since(began)), status
	b.residentKB, _ = procField(fmt.Sprintf("/proc/%d/status", process.Process.Pid), "VmRSS:")
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

// firstAnswer asks until there is an answer.
func firstAnswer(ctx context.Context, address, method, token string) (status int, err error) {
	deadline := time.Now().Add(30 * time.Second)
	for {
		r, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader("{}"))
		if err != nil {
			return 0, err
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token)
		r.Close = true
		response, err := http.DefaultClient.Do(r)
		if err == nil {
			_, err = io.Copy(io.Discard, response.Body)
			response.Body.Close()
			return response.StatusCode, err
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			return 0, err
		}
		time.Sleep(time.Millisecond)
	}
}
