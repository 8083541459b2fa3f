// Command stripe-emulator serves an emulated Stripe on loopback.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/kwipper/kwipper/emulators/stripe"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		slog.Error("stripe emulator", "error", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	var options stripe.Options
	flags := flag.NewFlagSet("stripe-emulator", flag.ExitOnError)
	flags.StringVar(&options.Addr, "addr", stripe.DefaultAddr, "`address` to listen on")
	flags.StringVar(&options.PublicURL, "public-url", "", "base `URL` of the hosted pages, if browsers use another than addr")
	flags.StringVar(&options.DataDir, "data", "", "`directory` that keeps the state; in memory if empty")
	flags.StringVar(&options.APIKey, "api-key", "", "the only `key` accepted; any sk_test_ key if empty")
	flags.StringVar(&options.WebhookURL, "webhook-url", "", "`URL` that is sent all events")
	flags.StringVar(&options.WebhookSecret, "webhook-secret", "", "`secret` that signs them")
	flags.DurationVar(&options.WebhookRetryWait, "webhook-retry-wait", 0, "wait before a webhook is sent again; doubles each time (default 1s)")
	flags.Uint64Var(&options.Seed, "seed", 0, "`seed` of faults with a probability")
	if err := flags.Parse(args); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server, err := stripe.Start(ctx, options)
	if err != nil {
		return err
	}
	fmt.Printf("Stripe emulator at %s (seed %d)\n", server.URL(), options.Seed)
	<-ctx.Done()
	return server.Close()
}
