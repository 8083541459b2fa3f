// Command check reads what terraform test -json -verbose printed of an environment, checks
// every resource of it against terraform/wiring.json, and fails with what is wrong.
//
//	terraform test -json -verbose ... | go run ./scripts/internal/cloud/check prod
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/kwipper/kwipper/scripts/internal/cloud"
	"github.com/kwipper/kwipper/scripts/internal/wiring"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: check dev|staging|prod < output of terraform test -json -verbose")
	}
	m, err := wiring.Read(".")
	if err != nil {
		log.Fatal(err)
	}
	state, err := cloud.Read(os.Stdin)
	if err != nil {
		log.Fatal(err)
	}
	wrong := cloud.Check(cloud.Environment{Name: os.Args[1], State: state, Wiring: m})
	for _, w := range wrong {
		fmt.Println(w)
	}
	if len(wrong) > 0 {
		log.Fatalf("%s: %d of %d resources or more are wrong", os.Args[1], len(wrong), len(state))
	}
	fmt.Printf("%s: %d resources as they should be\n", os.Args[1], len(state))
}
