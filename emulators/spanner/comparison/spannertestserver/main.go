// Command spannertestserver serves the client library's own fake on a free
// port, for the comparison.
package main

import (
	"fmt"
	"log"

	"cloud.google.com/go/spanner/spannertest"
)

func main() {
	server, err := spannertest.NewServer("127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	server.SetLogger(func(string, ...any) {})
	fmt.Printf("ready SPANNER_EMULATOR_HOST=%s\n", server.Addr)
	select {}
}
