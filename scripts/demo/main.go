// Command demo plays Kwipper's story against a running local stack, through the HTTP API
// as a front end would, and prints each step, its result and its time. The last lines are
// the invariants, checked. It exits with 1 when a step or an invariant fails.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), "Plays the story of a course against a running local stack.\n\n  go run ./emulators/local   # in one terminal\n  go run ./scripts/demo      # in another\n\n")
		flags.PrintDefaults()
	}
	offset := flags.Int("port-offset", 0, "the `N` that the stack was started with")
	timeout := flags.Duration("timeout", 5*time.Minute, "give up after this long")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, *timeout)
	defer cancel()
	s, err := connect(ctx, fmt.Sprintf("http://127.0.0.1:%d", 4000+*offset))
	if err != nil {
		return err
	}
	return s.play(ctx)
}

// connect asks the stack where its parts are.
func connect(ctx context.Context, console string) (*story, error) {
	s := &story{console: console, people: map[string]*person{}}
	var status struct {
		Ready     bool              `json:"ready"`
		Addresses map[string]string `json:"addresses"`
		Users     []struct{ Email, Password, Role string }
	}
	if err := s.control(ctx, http.MethodGet, "/status", nil, &status); err != nil {
		return nil, fmt.Errorf("no local stack at %s (start one with: go run ./emulators/local): %w", console, err)
	}
	s.api, s.auth = status.Addresses["api"], status.Addresses["identity"]
	for _, u := range status.Users {
		if u.Role == "administrator" {
			s.adminEmail, s.adminPassword = u.Email, u.Password
		}
	}
	if s.adminEmail == "" {
		return nil, fmt.Errorf("the stack at %s has no administrator: it was started with --empty", console)
	}
	return s, nil
}

// control calls the stack's control API.
func (s *story) control(ctx context.Context, method, path string, body, answer any) error {
	r, err := request(ctx, method, s.console+"/local/v1"+path, body)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= 300 {
		return fmt.Errorf("%s %s answered %s", method, path, response.Status)
	}
	if answer == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(answer)
}
