package sagadb

import (
	"embed"

	"github.com/kwipper/kwipper/shared/platform/idempotencydb"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

//go:embed schema/*.sql
var files embed.FS

// Schema returns the DDL of the saga database, statement by statement in order. The table
// of idempotency keys comes first, since roles are granted rights to it.
func Schema() []string {
	return append([]string{idempotencydb.Schema}, spannerdb.Statements(files)...)
}
