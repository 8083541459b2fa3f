// Command storage-emulator serves the Cloud Storage emulator until it is interrupted.
package main

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/kwipper/kwipper/emulators/storage"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "storage-emulator:", err)
		os.Exit(1)
	}
}

func run() error {
	options := storage.Options{SigningKeys: map[string]*rsa.PublicKey{}}
	flag.StringVar(&options.Addr, "addr", storage.DefaultAddr, "host and `port` to listen on; port 0 takes a free one")
	flag.StringVar(&options.DataDir, "data", "", "`directory` that keeps objects and uploads (default: a temporary one)")
	flag.Func("bucket", "`name` of a bucket to create; may be repeated", func(name string) error {
		options.Buckets = append(options.Buckets, name)
		return nil
	})
	flag.Func("origin", "`origin` that may read from a browser; may be repeated (default: all)", func(origin string) error {
		options.AllowedOrigins = append(options.AllowedOrigins, origin)
		return nil
	})
	flag.Func("signer", "`EMAIL=FILE` of an RSA key in PEM that may sign URLs; may be repeated", func(signer string) error {
		email, key, err := readSigner(signer)
		options.SigningKeys[email] = key
		return err
	})
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server, err := storage.Start(context.WithoutCancel(ctx), options)
	if err != nil {
		return err
	}
	fmt.Printf("READY STORAGE_EMULATOR_HOST=%s\n", server.Addr())
	<-ctx.Done()
	return server.Close()
}

// readSigner takes a public or a private key.
func readSigner(signer string) (string, *rsa.PublicKey, error) {
	email, file, found := strings.Cut(signer, "=")
	if !found {
		return "", nil, errors.New("it is not EMAIL=FILE")
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return "", nil, err
	}
	block, _ := pem.Decode(content)
	if block == nil {
		return "", nil, fmt.Errorf("%s is not PEM", file)
	}
	if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
		return email, &key.PublicKey, nil
	}
	if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		if private, ok := key.(*rsa.PrivateKey); ok {
			return email, &private.PublicKey, nil
		}
	}
	if key, err := x509.ParsePKIXPublicKey(block.Bytes); err == nil {
		if public, ok := key.(*rsa.PublicKey); ok {
			return email, public, nil
		}
	}
	return "", nil, fmt.Errorf("%s has no RSA key", file)
}
