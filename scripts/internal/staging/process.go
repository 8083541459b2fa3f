package staging

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/kwipper/kwipper/shared/platform/health"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
)

// Process is a running function.
type Process struct {
	command *exec.Cmd
	began   time.Time
	log     *bytes.Buffer
	ended   chan struct{} // after which log is at rest
}

// Launch starts the binary of a function with this environment and no other.
func Launch(ctx context.Context, binary, name string, port int, environment []string) (*Process, error) {
	p := &Process{command: exec.CommandContext(ctx, binary), log: &bytes.Buffer{}, ended: make(chan struct{})}
	p.command.Env = append(environment[:len(environment):len(environment)], "FUNCTION_TARGET="+name, fmt.Sprintf("PORT=%d", port))
	p.command.Stdout, p.command.Stderr = p.log, p.log
	p.began = time.Now()
	if err := p.command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		_ = p.command.Wait() // whose ending is no error, or told by the log
		close(p.ended)
	}()
	return p, nil
}

// ID is the process's id.
func (p *Process) ID() int { return p.command.Process.Pid }

// Kill ends the process and waits for its end.
func (p *Process) Kill() {
	_ = p.command.Process.Kill() // fails if it has ended
	<-p.ended
}

// Terminate tells the process to end as Cloud Run does.
func (p *Process) Terminate() error { return p.command.Process.Signal(syscall.SIGTERM) }

// Ended is closed at the process's end.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// ExitCode is that of a process that has ended.
func (p *Process) ExitCode() int { return p.command.ProcessState.ExitCode() }

// Answer is what a function answered first.
type Answer struct {
	Status int
	Body   string
	Took   time.Duration // since the start of the process
}

// FirstAnswer asks until there is an answer, or the process ends.
func (p *Process) FirstAnswer(ctx context.Context, ask func(context.Context) (*http.Request, error)) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		request, err := ask(ctx)
		if err != nil {
			return Answer{}, err
		}
		request.Close = true
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			body, err := io.ReadAll(response.Body)
			response.Body.Close()
			return Answer{Status: response.StatusCode, Body: string(body), Took: time.Since(p.began)}, err
		}
		select {
		case <-p.ended:
			return Answer{}, fmt.Errorf("the function ended: %s", strings.TrimSpace(p.log.String()))
		case <-ctx.Done():
			return Answer{}, fmt.Errorf("no answer: %w", err)
		case <-time.After(time.Millisecond):
		}
	}
}

// Serve starts the binary of a function without any configuration, and returns its first
// answer if that says that the function lives and if another request is answered by the
// function itself.
func (f Function) Serve(ctx context.Context, binary string) (Answer, error) {
	port, err := freePort(ctx)
	if err != nil {
		return Answer{}, err
	}
	process, err := Launch(ctx, binary, f.Name, port, nil)
	if err != nil {
		return Answer{}, err
	}
	defer process.Kill()
	get := func(path string) (Answer, error) {
		return process.FirstAnswer(ctx, func(ctx context.Context) (*http.Request, error) {
			return http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d%s", port, path), nil)
		})
	}
	live, err := get(health.LivePath)
	if err != nil {
		return Answer{}, fmt.Errorf("serve %s: %w", f.Name, err)
	}
	if live.Status != http.StatusOK || !strings.Contains(live.Body, health.Serving) {
		return Answer{}, fmt.Errorf("%s answered %d %s, not as a function of Kwipper does", f.Name, live.Status, live.Body)
	}
	own, err := get(nowhere)
	if err != nil {
		return Answer{}, fmt.Errorf("serve %s: %w", f.Name, err)
	}
	return live, f.refused(own)
}

// nowhere is the path of no operation.
const nowhere = "/v1/nowhere"

// refused checks how the function refused to read what is nowhere: an HTTP function knows
// its operation's path by then, an event function its method.
func (f Function) refused(a Answer) error {
	if f.Trigger == TriggerEvent && a.Status == http.StatusMethodNotAllowed {
		return nil
	}
	if f.Trigger == TriggerHTTP && a.Status == http.StatusNotFound && strings.Contains(a.Body, `"reason":"`+httpapi.ReasonNotFound+`"`) {
		return nil
	}
	return fmt.Errorf("%s answered %d %s at %s, not as its trigger does", f.Name, a.Status, a.Body, nowhere)
}

// freePort returns a port that nothing listens on.
func freePort(ctx context.Context) (int, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}
