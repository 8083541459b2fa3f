package e2e

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/stretchr/testify/require"
	"google.golang.org/api/option"

	"github.com/kwipper/kwipper/emulators/local/frontend"
	"github.com/kwipper/kwipper/emulators/local/stack"
	"github.com/kwipper/kwipper/emulators/local/traces"
	"github.com/kwipper/kwipper/emulators/stripe"
)

// seed makes the random choices of a run; each test prints it.
var seed = flag.Uint64("e2e.seed", uint64(time.Now().UnixNano()), "makes the random choices of a run")

// long says that the long forms of the tests are wanted: more crashes, every delivery.
var long = flag.Bool("e2e.long", os.Getenv("KWIPPER_E2E_LONG") != "", "run the long forms")

// shared is the stack of this process.
var shared struct {
	stack *stack.Stack
	world *world
	trap  trap
	logs  tail
}

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	level := slog.LevelError
	if os.Getenv("KWIPPER_E2E_LOG") != "" {
		level = slog.LevelInfo
	}
	slog.SetDefault(slog.New(slog.NewMultiHandler(
		slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}), slog.NewJSONHandler(&shared.logs, nil))))
	ports, err := stack.FreePorts()
	if err == nil {
		shared.stack, err = stack.Start(context.Background(), stack.Options{
			Ports: ports, Sample: true, Traces: traces.New(), BeforeSpanner: shared.trap.beforeSpanner, AfterSpanner: shared.trap.afterSpanner,
		})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "start a stack:", err)
		return 1
	}
	shared.world = &world{status: shared.stack.Status()}
	code := m.Run()
	shared.world.close()
	if err := shared.stack.Close(); err != nil {
		fmt.Fprintln(os.Stderr, "close the stack:", err)
		return 1
	}
	return code
}

// world is a stack as seen from outside, in this process or another.
type world struct {
	status stack.Status

	mu      sync.Mutex
	clients map[string]*spanner.Client
}

// begin returns the shared world; when the test is over all has settled and the books are
// right.
func begin(t *testing.T) (*world, *stack.Stack) {
	t.Helper()
	w, s := shared.world, shared.stack
	t.Cleanup(func() {
		s.PubSub.SetBeforePush(nil)
		s.Stripe.ClearFaults()
		if t.Failed() {
			return
		}
		settle(t)
		w.checkBooks(t)
	})
	return w, s
}

// settle waits until nothing is under way in the shared stack.
func settle(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	require.NoError(t, shared.stack.Time.Settle(ctx))
}

// advance moves the shared stack's business time, stop by stop.
func advance(t *testing.T, until time.Time) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	_, err := shared.stack.Time.Advance(ctx, until)
	require.NoError(t, err)
}

// skipTo moves business time at once, over days on which nothing is looked at; what fell due
// meanwhile happens late.
func skipTo(t *testing.T, until time.Time) {
	t.Helper()
	s := shared.stack
	require.NoError(t, s.Time.SetOffset(s.Clock.Offset()+max(until.Sub(s.Clock.Now()), 0)))
	settle(t)
}

// browser returns a client of the world with nobody signed in.
func (w *world) browser() *frontend.Client {
	a := w.status.Addresses
	return frontend.New(a["api"], a["identity"], a["console"])
}

// sample returns a client of the sample user with a role.
func (w *world) sample(t *testing.T, role string) *frontend.Client {
	t.Helper()
	for _, u := range w.status.Users {
		if u.Role == role {
			c := w.browser()
			require.NoError(t, c.SignIn(t.Context(), u.Email, u.Password))
			return c
		}
	}
	require.Fail(t, "there is no such user", role)
	return nil
}

// database returns a client of one of the world's databases.
func (w *world) database(t *testing.T, name string) *spanner.Client {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if c := w.clients[name]; c != nil {
		return c
	}
	c, err := spanner.NewClientWithConfig(context.Background(), stack.Instance+"/databases/"+name,
		spanner.ClientConfig{DisableNativeMetrics: true}, option.WithEndpoint("passthrough:///"+w.status.Addresses["spanner"]))
	require.NoError(t, err)
	if w.clients == nil {
		w.clients = map[string]*spanner.Client{}
	}
	w.clients[name] = c
	return c
}

func (w *world) close() {
	for _, c := range w.clients {
		c.Close()
	}
}

// totals returns what the payment gateway has charged and returned.
func (w *world) totals(t *testing.T) stripe.Totals {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodGet, w.status.Addresses["stripe"]+"/emulator/v1/totals", nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	var totals stripe.Totals
	require.NoError(t, json.NewDecoder(response.Body).Decode(&totals))
	return totals
}

// rows reads columns of a whole table as structs.
func rows[T any](t *testing.T, w *world, database, table string, columns ...string) []T {
	t.Helper()
	var found []T
	err := w.database(t, database).Single().Read(context.Background(), table, spanner.AllKeys(), columns).Do(func(r *spanner.Row) error {
		var v T
		if err := r.ToStruct(&v); err != nil {
			return err
		}
		found = append(found, v)
		return nil
	})
	require.NoError(t, err, "read %s", table)
	return found
}

// id returns the last part of a resource name.
func id(name string) string { return filepath.Base(name) }
