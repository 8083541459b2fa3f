// Command identity-emulator serves the identity emulator until it is interrupted.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/kwipper/kwipper/emulators/identity"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "identity-emulator:", err)
		os.Exit(1)
	}
}

func run() error {
	var options identity.Options
	flag.StringVar(&options.Addr, "addr", identity.DefaultAddr, "host and `port` to listen on; port 0 takes a free one")
	flag.StringVar(&options.Project, "project", "kwipper-local", "project `id`, the audience of user tokens")
	flag.StringVar(&options.DataDir, "data", "", "`directory` that keeps accounts and keys (default: in memory)")
	flag.StringVar(&options.UserIssuer, "user-issuer", "", "issuer `URL` of user tokens (default: under this server)")
	flag.StringVar(&options.ServiceIssuer, "service-issuer", "", "issuer `URL` of service tokens (default: under this server)")
	flag.StringVar(&options.DefaultServiceAccount, "service-account", "", "`email` that the metadata paths mean by default")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server, err := identity.Start(context.WithoutCancel(ctx), options)
	if err != nil {
		return err
	}
	fmt.Printf("READY auth=%s user-issuer=%s service-issuer=%s\n", server.URL(), server.UserIssuer(), server.ServiceIssuer())
	<-ctx.Done()
	return server.Close()
}
