// Command rollout is scripts/rollout once Terraform's outputs are known.
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"cloud.google.com/go/storage"
	"google.golang.org/api/option"
	transport "google.golang.org/api/transport/http"

	"github.com/kwipper/kwipper/scripts/internal/rollout"
)

// settings are the output rollout of terraform/kwipper.
type settings struct {
	Project  string `json:"project"`
	Bucket   string `json:"bucket"`
	Services map[string]struct {
		Event   bool     `json:"event"`
		Regions []string `json:"regions"`
	} `json:"services"`
	Steps  []int             `json:"steps"`
	Limits rollout.Limits    `json:"limits"`
	Alerts map[string]string `json:"alerts"`
}

// arguments are those of the command line.
type arguments struct {
	command, outputs, why string
	release               rollout.Release
	wait                  time.Duration
	now                   bool
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := start(ctx, os.Args[1:])
	switch {
	case err == nil:
		return
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	}
	fmt.Fprintln(os.Stderr, "scripts/rollout:", err)
	if errors.Is(err, rollout.ErrAsk) {
		os.Exit(3)
	}
	os.Exit(1)
}

func start(ctx context.Context, args []string) error {
	a, err := parse(args)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(a.outputs)
	if err != nil {
		return err
	}
	var outputs struct {
		Rollout struct {
			Value *settings `json:"value"`
		} `json:"rollout"`
	}
	if err := json.Unmarshal(text, &outputs); err != nil {
		return fmt.Errorf("outputs of Terraform: %w", err)
	}
	if outputs.Rollout.Value == nil {
		if a.command == "prepare" {
			fmt.Println("nothing is deployed yet")
			return nil
		}
		return errors.New("nothing is deployed yet: Terraform has no output rollout")
	}
	r, err := open(ctx, *outputs.Rollout.Value)
	if err != nil {
		return err
	}
	r.Patience = a.wait
	if a.now {
		r.Steps, r.Limits.WatchSeconds, r.Limits.HoldSeconds = []int{100}, 60, 0
	}
	return do(ctx, r, a)
}

func parse(args []string) (arguments, error) {
	var a arguments
	var committed int64
	flags := flag.NewFlagSet("scripts/rollout", flag.ContinueOnError)
	flags.StringVar(&a.outputs, "outputs", "", "`FILE` with terraform output -json")
	flags.StringVar(&a.release.Commit, "commit", "", "the `COMMIT` that is released")
	flags.Int64Var(&committed, "committed", 0, "its time in `SECONDS` since 1970")
	flags.BoolVar(&a.release.Again, "again", false, "forward: bring revisions again that were taken back")
	flags.BoolVar(&a.release.Older, "older", false, "prepare, forward: though a newer commit was released")
	flags.BoolVar(&a.now, "now", false, "forward: in one step, watched for a minute")
	flags.StringVar(&a.why, "why", "by hand", "back: the `REASON` to keep")
	flags.DurationVar(&a.wait, "wait", 0, "await: for so long; prepare, forward: so long for another run to end")
	if len(args) == 0 {
		return a, errors.New("prepare, forward, back, status or await?")
	}
	if err := flags.Parse(args[1:]); err != nil {
		return a, err
	}
	if flags.NArg() > 0 {
		return a, fmt.Errorf("what is %q?", flags.Arg(0))
	}
	a.command, a.release.CommittedAt = args[0], time.Unix(committed, 0).UTC()
	return a, nil
}

func open(ctx context.Context, s settings) (*rollout.Run, error) {
	places, events := []rollout.Place(nil), map[string]bool{}
	for name, service := range s.Services {
		events[name] = service.Event
		for _, region := range service.Regions {
			places = append(places, rollout.Place{Service: name, Region: region})
		}
	}
	services, err := rollout.NewCloudRun(ctx, s.Project, places, option.WithScopes("https://www.googleapis.com/auth/cloud-platform"))
	if err != nil {
		return nil, err
	}
	client, _, err := transport.NewClient(ctx, option.WithScopes("https://www.googleapis.com/auth/monitoring.read"))
	if err != nil {
		return nil, err
	}
	buckets, err := storage.NewClient(ctx, storage.WithJSONReads())
	if err != nil {
		return nil, err
	}
	host, _ := os.Hostname()
	return &rollout.Run{
		Services: services,
		Meter:    &rollout.Monitoring{Project: s.Project, Endpoint: "https://monitoring.googleapis.com", Queries: s.Alerts, Client: client},
		Records:  rollout.Bucket{Handle: buckets.Bucket(s.Bucket)},
		Steps:    s.Steps, Limits: s.Limits, Events: events, Name: host + " " + rand.Text()[:8], Out: os.Stdout,
		Now: time.Now, Pause: pause,
	}, nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

func do(ctx context.Context, r *rollout.Run, a arguments) error {
	switch a.command {
	case "prepare":
		return r.Prepare(ctx, a.release)
	case "forward":
		return r.Forward(ctx, a.release)
	case "back":
		return r.Back(ctx, a.why)
	case "await":
		return r.Await(ctx, a.release, a.wait)
	case "status":
		return status(ctx, r)
	}
	return fmt.Errorf("what is %q? prepare, forward, back, status or await", a.command)
}

func status(ctx context.Context, r *rollout.Run) error {
	record, err := r.Records.Read(ctx)
	if err != nil {
		return err
	}
	standings, err := r.Services.Standings(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("release %.12s: %s, %d %%, %d moves\n", cmp.Or(record.Commit, "none"), cmp.Or(record.State, "-"), record.Percent, len(record.Moves))
	for _, t := range record.TakenBack {
		fmt.Printf("  taken back: %s of %s: %s\n", t.Revision, t.Place, t.Why)
	}
	slices.SortFunc(standings, func(a, b rollout.Standing) int {
		return cmp.Or(strings.Compare(a.Service, b.Service), strings.Compare(a.Region, b.Region))
	})
	for _, s := range standings {
		fmt.Printf("  %-32s %-22s newest %s, requests to %v\n", s.Service, s.Region, s.Ready, s.Shares)
	}
	return nil
}
