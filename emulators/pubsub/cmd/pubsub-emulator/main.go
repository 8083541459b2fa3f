// Command pubsub-emulator serves the Pub/Sub emulator until it is interrupted.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/kwipper/kwipper/emulators/outbound"
	"github.com/kwipper/kwipper/emulators/pubsub"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8085", "host:port to listen on")
	data := flag.String("data", "", "directory of the state; empty keeps it in memory")
	pushes := flag.Int("max-outstanding-pushes", 0, "pushes of one subscription at the same time; 0 is the default")
	token := flag.String("token", "", "bearer token sent wherever a token of a service account is asked for")
	flag.Parse()
	if err := run(*addr, *data, *pushes, *token); err != nil {
		slog.Error("pubsub-emulator", "error", err)
		os.Exit(1)
	}
}

func run(addr, data string, pushes int, token string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	options := pubsub.Options{Addr: addr, DataDir: data, MaxOutstandingPushes: pushes}
	if token != "" {
		options.Tokens = outbound.FixedToken(token)
	}
	server, err := pubsub.Start(ctx, options)
	if err != nil {
		return err
	}
	fmt.Printf("PUBSUB_EMULATOR_HOST=%s\n", server.Addr())
	<-ctx.Done()
	return server.Close()
}
