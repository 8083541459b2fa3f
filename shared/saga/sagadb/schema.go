package sagadb

import (
	"embed"

	"github.com/kwipper/kwipper/shared/platform/idempotencydb"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

//go:embed schema/*.sql
var files embed.FS

// Schema returns the DDL of the saga database, statement by statement in order.
func Schema() []string { return spannerdb.Statements(files, idempotencydb.Schema) }
