package stack

import (
	"context"
	"fmt"
	"net"
	"strconv"
)

// Ports are where the stack listens, all on loopback (API.md).
type Ports struct {
	API, Console, Identity, PubSub, Storage, Tasks, Scheduler, Spanner, Stripe, Functions int
}

// DefaultPorts returns the ports of API.md moved by offset. Functions is where the event
// functions are called by Pub/Sub, Cloud Tasks and Scheduler.
func DefaultPorts(offset int) Ports {
	return Ports{
		API: 8080 + offset, Console: 4000 + offset, Identity: 9099 + offset, PubSub: 8085 + offset, Storage: 9199 + offset,
		Tasks: 9499 + offset, Scheduler: 9599 + offset, Spanner: 9010 + offset, Stripe: 12111 + offset, Functions: 8081 + offset,
	}
}

// FreePorts returns ports that nobody uses now, for tests. All are held at once while they
// are chosen, so that no two are the same.
func FreePorts() (Ports, error) {
	var p Ports
	for _, port := range p.all() {
		listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
		if err != nil {
			return Ports{}, fmt.Errorf("find a free port: %w", err)
		}
		defer listener.Close()
		*port.number = listener.Addr().(*net.TCPAddr).Port
	}
	return p, nil
}

type namedPort struct {
	name   string
	number *int
}

func (p *Ports) all() []namedPort {
	return []namedPort{
		{"API", &p.API}, {"console", &p.Console}, {"identity", &p.Identity}, {"Pub/Sub", &p.PubSub}, {"Storage", &p.Storage},
		{"Tasks", &p.Tasks}, {"Scheduler", &p.Scheduler}, {"Spanner", &p.Spanner}, {"Stripe", &p.Stripe}, {"functions", &p.Functions},
	}
}

// check names the first port that is taken.
func (p Ports) check() error {
	for _, port := range p.all() {
		if *port.number < 1 || *port.number > 65535 {
			return fmt.Errorf("port %d of %s is none: choose another --port-offset", *port.number, port.name)
		}
		listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", address(*port.number))
		if err != nil {
			return fmt.Errorf("port %d of %s is taken (%w): stop what uses it, or move all ports with --port-offset", *port.number, port.name, err)
		}
		listener.Close()
	}
	return nil
}

func address(port int) string { return "127.0.0.1:" + strconv.Itoa(port) }

func httpURL(port int) string { return "http://" + address(port) }
