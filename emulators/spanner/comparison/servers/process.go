package servers

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Process is a running emulator.
type Process struct {
	// Name is that of the emulator.
	Name string
	// Host is the address that it listens on.
	Host string

	cmd    *exec.Cmd
	log    *os.File
	exited chan struct{}
}

// Start starts an emulator and waits until it is ready. A data directory is for
// ours alone; without one, data are in memory.
func (b *Binaries) Start(name, dataDir string) (*Process, error) {
	path, ok := b.paths[name]
	if !ok {
		return nil, errors.New(b.missing[name])
	}
	var args []string
	if name == Ours {
		args = append(args, "--addr", "127.0.0.1:0", "--data", dataDir)
	}
	log, err := os.CreateTemp(filepath.Dir(path), "log")
	if err != nil {
		return nil, err
	}
	p := &Process{Name: name, cmd: exec.Command(path, args...), log: log, exited: make(chan struct{})}
	p.cmd.Stderr = log
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if _, host, ok := strings.Cut(lines.Text(), "SPANNER_EMULATOR_HOST="); ok {
			p.Host = host
			break
		}
	}
	go func() {
		for lines.Scan() { // else a server that prints would block
		}
		_ = p.cmd.Wait() // how it ended is told by Crash
		close(p.exited)
	}()
	if p.Host == "" {
		p.Kill()
		return nil, fmt.Errorf("%s did not start: %s", name, p.Crash())
	}
	return p, nil
}

// Kill ends the process as kill -9 does and waits for its end.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.exited
}

// Exited says whether the process has ended.
func (p *Process) Exited() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// ExitsWithin waits for the end of the process, and says whether it came in time.
func (p *Process) ExitsWithin(limit time.Duration) bool {
	select {
	case <-p.exited:
		return true
	case <-time.After(limit):
		return false
	}
}

// Crash returns the line of the process's log that tells why it ended: the
// first of a panic, or the last.
func (p *Process) Crash() string {
	text, err := os.ReadFile(p.log.Name())
	if err != nil {
		return err.Error()
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "panic:") || strings.HasPrefix(line, "fatal error:") {
			return strings.TrimSpace(line)
		}
	}
	return lastLine(string(text))
}

// ResidentBytes is the memory that the process occupies, 0 where the system
// does not tell.
func (p *Process) ResidentBytes() int64 {
	fields := p.proc("statm")
	if len(fields) < 2 {
		return 0
	}
	pages, _ := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize())
}

// clockTick is the unit of times in /proc on all of Go's Linux ports.
const clockTick = 10 * time.Millisecond

// ProcessorTime is what the process has used so far, 0 where the system does
// not tell.
func (p *Process) ProcessorTime() time.Duration {
	fields := p.proc("stat")
	if len(fields) < 15 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[13], 10, 64)
	system, _ := strconv.ParseInt(fields[14], 10, 64)
	return time.Duration(user+system) * clockTick
}

func (p *Process) proc(file string) []string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", p.cmd.Process.Pid, file))
	if err != nil {
		return nil
	}
	return strings.Fields(string(text))
}

// Restart kills the process and starts it again with the same data.
func (b *Binaries) Restart(p *Process, dataDir string) (*Process, error) {
	p.Kill()
	return b.Start(p.Name, dataDir)
}

// ErrNoAnswer means that something took longer than it may.
var ErrNoAnswer = errors.New("no answer in time")

// Within runs f, and fails if it takes longer than a limit.
func Within(ctx context.Context, limit time.Duration, f func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- f(ctx) }()
	select {
	case err := <-done:
		return err
	case <-time.After(limit + time.Second):
		return ErrNoAnswer
	}
}
