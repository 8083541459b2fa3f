// Command gateway-emulator serves the API gateway emulator until it is interrupted. Each
// function is reached over HTTP, at the backend address with {name} replaced by its
// operation id.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/kwipper/kwipper/emulators/gateway"
)

func main() {
	addr := flag.String("addr", gateway.DefaultAddr, "host:port to listen on")
	document := flag.String("document", "shared/api/document/openapi.yaml", "OpenAPI document")
	backend := flag.String("backend", "", "address of the functions, with {name} for the operation id")
	flag.Parse()
	if err := run(*addr, *document, *backend); err != nil {
		slog.Error("gateway-emulator", "error", err)
		os.Exit(1)
	}
}

func run(addr, document, backend string) error {
	text, err := os.ReadFile(document)
	if err != nil {
		return fmt.Errorf("read the OpenAPI document: %w", err)
	}
	if !strings.Contains(backend, "{name}") {
		return fmt.Errorf("-backend %q has no {name}", backend)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server, err := gateway.Start(ctx, addr, gateway.Options{
		Document:  text,
		Functions: func(id string) http.Handler { return proxy(strings.ReplaceAll(backend, "{name}", id)) },
	})
	if err != nil {
		return err
	}
	fmt.Printf("API_BASE=http://%s\n", server.Addr())
	<-ctx.Done()
	return server.Close()
}

// proxy forwards to one function; the request's path goes behind that of the address.
func proxy(address string) http.Handler {
	target, err := url.Parse(address)
	if err != nil || target.Host == "" {
		return nil
	}
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
}
