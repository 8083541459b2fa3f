// Command command is what scripts/migrate runs.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"os/user"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/kwipper/kwipper/scripts/internal/migrate"
)

const usage = `Migrates the databases of an environment to the schema of this checkout (docs/migrations.md).

  scripts/migrate TARGET status      how far each database is
  scripts/migrate TARGET plan        what apply would do; writes nothing
  scripts/migrate TARGET apply       does it; killed half way, it may be repeated
  scripts/migrate TARGET baseline N  records migrations up to N as there already; needs --database

TARGET is dev, staging or prod, or an instance, projects/P/instances/I; with SPANNER_EMULATOR_HOST
it is one of that emulator. Flags come after the command:

`

const after = `
Exits with 0 when done, 1 when it failed or refused, 2 when called wrongly, 3 when another runner is at
work. Needs Google credentials with roles/spanner.databaseAdmin.
`

// Exit codes.
const (
	exitFailed = 1
	exitUsage  = 2
	exitHeld   = 3
)

// usageError says that the command line is wrong.
type usageError struct{ error }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "migrate:", err)
	code := exitFailed
	if u := (usageError{}); errors.As(err, &u) {
		code = exitUsage
	}
	if held := (*migrate.HeldError)(nil); errors.As(err, &held) {
		code = exitHeld
	}
	stop()
	os.Exit(code)
}

// order is what the command line asks for.
type order struct {
	target, command string
	version         int // of baseline
	databases       []string
	dryRun          bool
	runner          migrate.Runner
}

func run(ctx context.Context, args []string, out, messages io.Writer) error {
	o, err := parse(args, messages)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return usageError{err}
	}
	o.runner.Out = out
	instance, err := find(ctx, o.target, messages)
	if err != nil {
		return err
	}
	var failed error
	for _, name := range o.databases { // a service waits for no other
		failed = errors.Join(failed, o.on(ctx, instance+"/databases/"+name, name, out))
		if ctx.Err() != nil {
			return errors.Join(failed, ctx.Err())
		}
	}
	return failed
}

func parse(args []string, messages io.Writer) (*order, error) {
	o := &order{runner: migrate.Runner{Holder: holder(), LeaseDuration: time.Minute, PollInterval: 250 * time.Millisecond}}
	all := slices.Sorted(maps.Keys(migrate.Databases()))
	flags := flag.NewFlagSet("migrate", flag.ContinueOnError)
	flags.SetOutput(messages)
	flags.Usage = func() {
		fmt.Fprint(messages, usage)
		flags.PrintDefaults()
		fmt.Fprint(messages, after)
	}
	databases := flags.String("database", strings.Join(all, ","), "these `DATABASES` only")
	flags.BoolVar(&o.dryRun, "dry-run", false, "with apply: plan")
	flags.BoolVar(&o.runner.Contract, "contract", false, "with apply and plan: also steps that take away what older code may use")
	flags.DurationVar(&o.runner.Wait, "wait", 0, "wait so `LONG` for another runner, such as 10m")
	var words []string
	for len(args) > 0 { // flags and words in any order
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if args = flags.Args(); len(args) > 0 {
			words, args = append(words, args[0]), args[1:]
		}
	}
	if len(words) < 2 {
		flags.Usage()
		return nil, errors.New("which environment, and what?")
	}
	o.target, o.command = words[0], words[1]
	o.databases = strings.Split(*databases, ",")
	for _, name := range o.databases {
		if !slices.Contains(all, name) {
			return nil, fmt.Errorf("there is no database %q, only %s", name, strings.Join(all, ", "))
		}
	}
	if o.dryRun && o.command == "apply" {
		o.command = "plan"
	}
	return o, o.check(words[2:], *databases == strings.Join(all, ","))
}

func (o *order) check(rest []string, everywhere bool) (err error) {
	switch o.command {
	case "status", "plan", "apply":
		if len(rest) > 0 {
			return fmt.Errorf("%s takes no %q", o.command, rest[0])
		}
	case "baseline":
		if everywhere || len(rest) != 1 || o.dryRun {
			return errors.New("baseline needs the number of a migration and --database")
		}
		if o.version, err = strconv.Atoi(rest[0]); err != nil {
			return fmt.Errorf("%q is not the number of a migration", rest[0])
		}
	default:
		return fmt.Errorf("%q is not status, plan, apply or baseline", o.command)
	}
	return nil
}

// holder says who runs this.
func holder() string {
	name, host := "somebody", "some host"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	if h, err := os.Hostname(); err == nil {
		host = h
	}
	return fmt.Sprintf("%s@%s (process %d)", name, host, os.Getpid())
}

var instanceName = regexp.MustCompile(`^projects/[^/]+/instances/[^/]+$`)

// find returns the instance of an environment, as Terraform made it.
func find(ctx context.Context, target string, messages io.Writer) (string, error) {
	if instanceName.MatchString(target) {
		return target, nil
	}
	if !slices.Contains([]string{"dev", "staging", "prod"}, target) {
		return "", usageError{fmt.Errorf("%q is neither dev, staging, prod nor projects/P/instances/I", target)}
	}
	terraform := exec.CommandContext(ctx, "scripts/terraform", target, "output", "-raw", "instance")
	terraform.Stderr = messages
	out, err := terraform.Output()
	if err != nil {
		return "", fmt.Errorf("ask Terraform for the instance of %s: %w", target, err)
	}
	if instance := strings.TrimSpace(string(out)); instanceName.MatchString(instance) {
		return instance, nil
	}
	return "", fmt.Errorf("the state of %s has no Spanner instance: apply Terraform first", target)
}
