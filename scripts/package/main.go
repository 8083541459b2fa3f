// Command package writes what each function is deployed from: a zip file named by its
// content, and a manifest of them for Terraform. docs/packaging.md tells the rest.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/kwipper/kwipper/scripts/internal/staging"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "package:", err)
		os.Exit(1)
	}
}

// job is what to do.
type job struct {
	root, out string
	names     []string // of functions, all if none
	since     string
	build     bool
}

func run(ctx context.Context, args []string, out, messages io.Writer) error {
	var j job
	flags := flag.NewFlagSet("package", flag.ContinueOnError)
	flags.SetOutput(messages)
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), "Writes the zip file of each function, named by its content, and manifest.json.\n\n"+
			"  go run ./scripts/package [flags] [NAME...]\n\n"+
			"With names, those functions only, and the manifest has no others.\n\n")
		flags.PrintDefaults()
	}
	flags.StringVar(&j.out, "out", "dist", "write to `DIR`")
	flags.StringVar(&j.since, "since", "", "say what changed since this `REVISION`")
	flags.BoolVar(&j.build, "build", false, "build each as the buildpack does, start it, and say size and cold start")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	root, _, err := staging.Module(ctx, ".")
	if err != nil {
		return err
	}
	j.root, j.names = root, flags.Args()
	return j.run(ctx, out)
}

func (j job) run(ctx context.Context, out io.Writer) error {
	functions, err := choose(j.root, j.names)
	if err != nil {
		return err
	}
	sources, err := staging.Sources(ctx, j.root, functions)
	if err != nil {
		return err
	}
	packages, err := write(j.out, sources)
	if err != nil {
		return err
	}
	report := table{packages: packages}
	if j.since != "" {
		if report.before, err = hashesAt(ctx, j.root, j.since); err != nil {
			return err
		}
		report.since, report.all = j.since, len(j.names) == 0
	}
	if j.build {
		if report.binaries, err = buildAll(ctx, sources); err != nil {
			return err
		}
	}
	return report.print(out)
}

// choose returns the functions of these names, all without names.
func choose(root string, names []string) ([]staging.Function, error) {
	functions, err := staging.Find(root)
	if err != nil || len(names) == 0 {
		return functions, err
	}
	var unknown []string
	for _, name := range names {
		if !slices.ContainsFunc(functions, func(f staging.Function) bool { return f.Name == name }) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("there is no function %s", strings.Join(unknown, ", "))
	}
	return slices.DeleteFunc(functions, func(f staging.Function) bool { return !slices.Contains(names, f.Name) }), nil
}
