package trigger

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/kwipper/kwipper/shared/platform/telemetry"
)

// Drain waits for requests in flight when the instance is told to stop: the functions
// framework would cut them. Cloud Run sends no new ones then and kills after 10 seconds.
type Drain struct {
	listen sync.Once
	leave  sync.Once
	exit   func(code int)

	mu       sync.Mutex
	inFlight int
	stopping bool
}

// NewDrain returns a drain that ends with exit.
func NewDrain(exit func(code int)) *Drain { return &Drain{exit: exit} }

var (
	process  = NewDrain(exitExported)
	deployed sync.Once

	// stopExport hands over the spans that are left.
	stopExport = func(context.Context) error { return nil }
)

// exportTimeout bounds the handing over of spans at the end; Cloud Run kills soon.
const exportTimeout = 3 * time.Second

func exitExported(code int) {
	ctx, cancel := context.WithTimeout(context.Background(), exportTimeout)
	defer cancel()
	if err := stopExport(ctx); err != nil {
		slog.Warn("spans were not handed over", "error", err)
	}
	os.Exit(code)
}

// Begin counts a request of this process and limits how long its body may take (ReadBody);
// done ends it. Deployed (K_SERVICE is set), the
// first one makes the process log for Cloud Logging, export traces and listen for SIGTERM;
// elsewhere that is up to whoever runs the functions.
func Begin(w http.ResponseWriter) (done func()) {
	if service := os.Getenv("K_SERVICE"); service != "" {
		deployed.Do(func() {
			labels := map[string]string{"function": service}
			slog.SetDefault(telemetry.NewLogger(os.Stdout, os.Getenv("KWIPPER_PROJECT"), labels))
			startExport()
			process.Listen()
		})
	}
	limitReading(w)
	return process.Begin()
}

// startExport lets a function without traces serve all the same.
func startExport() {
	stop, err := telemetry.Export(context.Background())
	if err != nil {
		slog.Error("traces are not exported", "error", err)
		return
	}
	stopExport = stop
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

// settleTime is what net/http is given to send an answer, which it does after the handler
// has returned. Nothing of the framework's server tells when it has.
const settleTime = 500 * time.Millisecond

// exitWhenIdle runs with the lock held.
func (d *Drain) exitWhenIdle() {
	if !d.stopping || d.inFlight > 0 {
		return
	}
	time.AfterFunc(settleTime, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.inFlight == 0 {
			d.leave.Do(func() { d.exit(0) })
		}
	})
}
