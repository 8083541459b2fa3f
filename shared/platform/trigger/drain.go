package trigger

import (
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// Drain waits for requests in flight when the instance is told to stop: the functions
// framework would cut them. Cloud Run sends no new ones then and kills after 10 seconds.
type Drain struct {
	requests sync.WaitGroup
	once     sync.Once
	exit     func(code int)
}

// NewDrain returns a drain that ends with exit.
func NewDrain(exit func(code int)) *Drain { return &Drain{exit: exit} }

var process = NewDrain(os.Exit)

// Begin counts a request of this process; done ends it. Deployed, the first one starts to
// listen for SIGTERM; elsewhere whoever runs the functions decides when to stop.
func Begin() (done func()) {
	if os.Getenv("K_SERVICE") != "" {
		process.Listen()
	}
	return process.Begin()
}

// Begin counts a request until done is called.
func (d *Drain) Begin() (done func()) {
	d.requests.Add(1)
	return d.requests.Done
}

// Listen begins to wait for SIGTERM, once.
func (d *Drain) Listen() {
	d.once.Do(func() {
		stop := make(chan os.Signal, 1)
		signal.Notify(stop, syscall.SIGTERM)
		go func() {
			<-stop
			slog.Info("told to stop: waiting for requests in flight")
			d.requests.Wait()
			d.exit(0)
		}()
	})
}
