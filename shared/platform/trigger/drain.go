package trigger

import (
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/kwipper/kwipper/shared/platform/telemetry"
)

// Drain waits for requests in flight when the instance is told to stop: the functions
// framework would cut them. Cloud Run sends no new ones then and kills after 10 seconds.
type Drain struct {
	listen sync.Once
	exit   func(code int)

	mu       sync.Mutex
	inFlight int
	stopping bool
}

// NewDrain returns a drain that ends with exit.
func NewDrain(exit func(code int)) *Drain { return &Drain{exit: exit} }

var (
	process  = NewDrain(os.Exit)
	deployed sync.Once
)

// Begin counts a request of this process; done ends it. Deployed (K_SERVICE is set), the
// first one makes the process log for Cloud Logging and listen for SIGTERM; elsewhere that
// is up to whoever runs the functions.
func Begin() (done func()) {
	if service := os.Getenv("K_SERVICE"); service != "" {
		deployed.Do(func() {
			labels := map[string]string{"function": service}
			slog.SetDefault(telemetry.NewLogger(os.Stdout, os.Getenv("KWIPPER_PROJECT"), labels))
			process.Listen()
		})
	}
	return process.Begin()
}

// Begin counts a request until done is called.
func (d *Drain) Begin() (done func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inFlight++
	return d.end
}

func (d *Drain) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inFlight--
	d.exitWhenIdle()
}

// Listen begins to wait for SIGTERM, once.
func (d *Drain) Listen() {
	d.listen.Do(func() {
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, syscall.SIGTERM)
		go func() {
			<-stop
			d.stop()
		}()
	})
}

func (d *Drain) stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	slog.Info("told to stop", "requestsInFlight", d.inFlight)
	d.stopping = true
	d.exitWhenIdle()
}

// exitWhenIdle runs with the lock held.
func (d *Drain) exitWhenIdle() {
	if d.stopping && d.inFlight == 0 {
		d.exit(0)
	}
}
