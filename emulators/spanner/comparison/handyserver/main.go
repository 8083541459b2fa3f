// Command handyserver serves handy-spanner on a free port, for the comparison.
package main

import (
	"fmt"
	"log"
	"net"

	"github.com/gcpug/handy-spanner/fake"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	server, err := fake.New(listener)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("ready SPANNER_EMULATOR_HOST=%s\n", server.Addr())
	log.Fatal(server.Start())
}
