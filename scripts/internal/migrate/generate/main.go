// Command generate adds new migrations to the checksums of their database.
package main

import (
	"fmt"
	"os"

	"github.com/kwipper/kwipper/scripts/internal/migrate"
)

func main() {
	for name, migrations := range migrate.Databases() {
		if err := migrate.AddChecksums(migrate.ChecksumsFile("../../..", name), migrations); err != nil {
			fmt.Fprintln(os.Stderr, "generate:", err)
			os.Exit(1)
		}
	}
}
