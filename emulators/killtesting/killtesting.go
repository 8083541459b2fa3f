// Package killtesting runs an emulator in a process of its own, so that a test can kill it
// as a crash would: the test binary starts itself again and serves instead of testing.
package killtesting

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// dataDir names the directory that a started process serves.
const dataDir = "KWIPPER_KILLTESTING_DATA_DIR"

// Main runs the tests of m, or, in a process that Start started, serves until it is
// killed. TestMain calls it. Serve starts an emulator on a directory and returns its
// address.
func Main(m *testing.M, serve func(dir string) (addr string, err error)) {
	dir := os.Getenv(dataDir)
	if dir == "" {
		os.Exit(m.Run())
	}
	addr, err := serve(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(addr)
	select {}
}

// Start serves dir in a process of its own and returns the address that serve returned
// there. Kill sends SIGKILL and waits for the end; it may be called again, and the end of
// the test calls it.
func Start(t testing.TB, dir string) (addr string, kill func()) {
	t.Helper()
	process := exec.CommandContext(t.Context(), os.Args[0])
	process.Env = append(os.Environ(), dataDir+"="+dir)
	process.Stderr = os.Stderr
	output, err := process.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, process.Start())
	kill = sync.OnceFunc(func() {
		_ = process.Process.Kill()
		_ = process.Wait() // ended by the kill
	})
	t.Cleanup(kill)
	line, err := bufio.NewReader(output).ReadString('\n')
	require.NoError(t, err, "the emulator says where it listens")
	return strings.TrimSpace(line), kill
}
