// Command tasks-emulator serves the Cloud Tasks emulator until it is interrupted.
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
	"github.com/kwipper/kwipper/emulators/tasks"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:9499", "host:port to listen on")
	data := flag.String("data", "", "directory of the state; empty keeps it in memory")
	token := flag.String("token", "", "bearer token sent wherever a token of a service account is asked for")
	flag.Parse()
	if err := run(*addr, *data, *token); err != nil {
		slog.Error("tasks-emulator", "error", err)
		os.Exit(1)
	}
}

func run(addr, data, token string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	options := tasks.Options{Addr: addr, DataDir: data}
	if token != "" {
		options.Tokens = outbound.FixedToken(token)
	}
	server, err := tasks.Start(ctx, options)
	if err != nil {
		return err
	}
	fmt.Printf("CLOUD_TASKS_EMULATOR_HOST=%s\n", server.Addr())
	<-ctx.Done()
	return server.Close()
}
