package migrate

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

//go:generate go run ./generate

// ChecksumsFile returns where the checksums of a database's migrations are kept, so that a
// file that was changed fails the check rather than the next delivery.
func ChecksumsFile(root, database string) string {
	return filepath.Join(root, "shared", database, database+"db", "schema", "checksums.txt")
}

// AddChecksums adds the lines of new migrations to a file of checksums. It refuses
// migrations that differ from their line, and lines without a migration.
func AddChecksums(file string, migrations []spannerdb.Migration) error {
	kept, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	var all strings.Builder
	for _, m := range migrations {
		fmt.Fprintf(&all, "%s  %s\n", m.Checksum, m.Name)
	}
	if !strings.HasPrefix(all.String(), string(kept)) {
		return fmt.Errorf("%s does not fit the migrations beside it: one that is on main was changed, renamed or removed; put it back, and write a new one", file)
	}
	return os.WriteFile(file, []byte(all.String()), 0o600)
}
