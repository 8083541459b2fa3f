// Command generate writes docs/access.md. It runs through go generate.
package main

import (
	"log"
	"os"
	"path/filepath"

	"github.com/kwipper/kwipper/scripts/internal/cloud"
	"github.com/kwipper/kwipper/scripts/internal/wiring"
)

func main() {
	root := filepath.Join("..", "..", "..")
	m, err := wiring.Read(root)
	if err != nil {
		log.Fatal(err)
	}
	d, err := cloud.ReadDelivery(root)
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "docs", "access.md"), []byte(cloud.Table(m, d)), 0o644); err != nil {
		log.Fatal(err)
	}
}
