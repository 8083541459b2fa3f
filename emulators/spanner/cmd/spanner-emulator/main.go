// Command spanner-emulator serves an emulator of Google Cloud Spanner. Clients
// find it by SPANNER_EMULATOR_HOST.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/kwipper/kwipper/emulators/spanner"
)

func main() {
	if err := run(); err != nil {
		slog.Error("spanner-emulator failed", "error", err)
		os.Exit(1)
	}
}

func run() error {
	addr := flag.String("addr", "127.0.0.1:9010", "`address` to listen on")
	data := flag.String("data", "", "`directory` that keeps the data; without it they are in memory")
	reject := flag.Bool("reject-full-scans", false, "fail statements that would scan a whole table or index")
	flag.Parse()
	if flag.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q; see --help", flag.Arg(0))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server, err := spanner.Start(ctx, spanner.Options{Addr: *addr, DataDir: *data, RejectFullScans: *reject})
	if err != nil {
		return err
	}
	fmt.Printf("ready SPANNER_EMULATOR_HOST=%s\n", server.Addr())
	<-ctx.Done()
	return server.Close()
}
