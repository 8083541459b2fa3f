// Command generate writes terraform/wiring.json. It runs through go generate.
package main

import (
	"bytes"
	"encoding/json"
	"log"
	"os"
	"path/filepath"

	"github.com/kwipper/kwipper/scripts/internal/wiring"
)

func main() {
	if err := run(filepath.Join("..", "..", "..")); err != nil {
		log.Fatal(err)
	}
}

func run(root string) error {
	m, err := wiring.Read(root)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(m); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(root, "terraform", "wiring.json"), b.Bytes(), 0o644)
}
