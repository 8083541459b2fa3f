// Command smoke asks an environment through its front door whether it serves: every service is
// ready, the catalogue can be read by anyone, and nobody gets in without a good token. It
// changes nothing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/kwipper/kwipper/scripts/internal/wiring"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "smoke:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("smoke", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.Usage = func() {
		fmt.Fprint(out, "Asks an environment through its front door whether it serves. Changes nothing.\n\n"+
			"  go run ./scripts/smoke [flags] dev|staging|prod\n"+
			"  go run ./scripts/smoke --url http://127.0.0.1:8080   the local stack\n\n")
		flags.PrintDefaults()
	}
	front := flags.String("url", "", "`ADDRESS` of the front door, instead of an environment")
	wait := flags.Duration("wait", 0, "try again what fails for so long: a front door takes minutes to know a change")
	if err := flags.Parse(args); err != nil {
		return err
	}
	address, err := frontDoor(ctx, *front, flags.Args())
	if err != nil {
		return err
	}
	m, err := wiring.Read(".")
	if err != nil {
		return fmt.Errorf("run it at the root of the repository: %w", err)
	}
	ctx, stop := context.WithTimeout(ctx, *wait+time.Minute)
	defer stop()
	return ask(ctx, strings.TrimSuffix(address, "/"), questions(m), *wait, out)
}

// frontDoor returns the address asked for, or that of an environment out of Terraform.
func frontDoor(ctx context.Context, front string, environments []string) (string, error) {
	switch {
	case front != "" && len(environments) == 0:
		if u, err := url.Parse(front); err != nil || u.Host == "" {
			return "", fmt.Errorf("--url %s is no address such as https://api.kwipper.example", front)
		}
		return front, nil
	case front == "" && len(environments) == 1:
		command := exec.CommandContext(ctx, "scripts/terraform", environments[0], "output", "-raw", "api_url")
		command.Stderr = os.Stderr
		text, err := command.Output()
		if err != nil {
			return "", fmt.Errorf("scripts/terraform %s output -raw api_url: %w", environments[0], err)
		}
		return strings.TrimSpace(string(text)), nil
	}
	return "", errors.New("give either an environment or --url (see --help)")
}

// ask asks all questions, those that fail again while there is time, and prints a line each.
func ask(ctx context.Context, front string, open []question, wait time.Duration, out io.Writer) error {
	deadline := time.Now().Add(wait)
	client := &http.Client{Timeout: 15 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for {
		var failed []question
		var wrong []error
		for _, q := range open {
			took, err := q.ask(ctx, client, front)
			if err != nil {
				failed, wrong = append(failed, q), append(wrong, fmt.Errorf("%s: %w", q.name, err))
				continue
			}
			fmt.Fprintf(out, "%6d ms  %s\n", took.Milliseconds(), q.name)
		}
		if len(failed) == 0 {
			return nil
		}
		if !time.Now().Add(retryTime).Before(deadline) {
			return errors.Join(wrong...)
		}
		select {
		case <-ctx.Done():
			return errors.Join(append(wrong, ctx.Err())...)
		case <-time.After(retryTime):
		}
		open = failed
	}
}

// retryTime is between two tries.
const retryTime = 5 * time.Second
