package spanner_test

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	emulator "github.com/kwipper/kwipper/emulators/spanner"
)

var (
	kills    = flag.Int("kills", 4, "how `often` TestKilledEmulatorKeepsItsWord kills the emulator")
	killSeed = flag.Uint64("kill-seed", 0, "`seed` of the moments of the kills and of the load; 0 chooses one")
)

// TestKilledEmulatorKeepsItsWord kills the command again and again under load,
// at any moment, also while it starts. Clients go on by themselves; each time
// all that is found must be what they were told. The long form is
// scripts/spanner-crashes.
func TestKilledEmulatorKeepsItsWord(t *testing.T) {
	seed := *killSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-kill-seed=%d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	p := newCommand(t)
	p.start(t)
	load := newCrashLoad(t, p.addr)
	ctx, cancel := context.WithCancel(context.Background())
	running := make(chan struct{})
	go func() { defer close(running); load.run(ctx, seed, 6) }()
	defer func() { cancel(); <-running }()

	early, began := 0, time.Now()
	for n := range *kills {
		killUnderLoad(ctx, p, load, rng)
		for rng.IntN(8) == 0 {
			p.launch(t)
			time.Sleep(time.Duration(rng.IntN(60)) * time.Millisecond) // the moment is any
			p.kill()
			early++
		}
		p.start(t)
		require.NoError(t, load.verify(ctx), "after kill %d, -kill-seed=%d", n+1, seed)
		if (n+1)%50 == 0 {
			fmt.Printf("%d kills in %v: %s\n", n+1, time.Since(began).Round(time.Second), load.report())
		}
	}
	fmt.Printf("%d kills under load and %d while starting, seed %d: %s\n", *kills, early, seed, load.report())
}

// killUnderLoad changes the schema beside the load until the kill.
func killUnderLoad(ctx context.Context, p *command, load *crashLoad, rng *rand.Rand) {
	_, stop := load.changeSchema(ctx, rng)
	time.Sleep(time.Duration(rng.IntN(250)) * time.Millisecond) // the moment is any
	p.kill()
	stop()
}

// command is the emulator's command with a data directory, to be killed.
type command struct {
	path, dir, addr string
	running         *exec.Cmd
	ready           *bufio.Scanner
}

func newCommand(t *testing.T) *command {
	p := &command{path: filepath.Join(t.TempDir(), "spanner-emulator"), dir: t.TempDir()}
	out, err := exec.Command("go", "build", "-o", p.path, "./cmd/spanner-emulator").CombinedOutput()
	require.NoError(t, err, "%s", out)
	free, err := net.Listen("tcp", "127.0.0.1:0") // clients must find it again at one address
	require.NoError(t, err)
	p.addr = free.Addr().String()
	require.NoError(t, free.Close())
	server, err := emulator.Start(context.Background(), emulator.Options{DataDir: p.dir})
	require.NoError(t, err)
	require.NoError(t, server.CreateDatabase(context.Background(), crashDatabase, crashDDL...))
	require.NoError(t, server.Close())
	t.Cleanup(p.kill)
	return p
}

// launch starts the command and does not wait.
func (p *command) launch(t *testing.T) {
	p.running = exec.Command(p.path, "--addr", p.addr, "--data", p.dir)
	p.running.Stderr = os.Stderr
	out, err := p.running.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.running.Start())
	p.ready = bufio.NewScanner(out)
}

func (p *command) start(t *testing.T) {
	p.launch(t)
	require.True(t, p.ready.Scan() && strings.HasPrefix(p.ready.Text(), "ready "), "the emulator did not start: %q", p.ready.Text())
}

func (p *command) kill() {
	if p.running != nil {
		_ = p.running.Process.Kill() // SIGKILL
		_ = p.running.Wait()
		p.running = nil
	}
}
