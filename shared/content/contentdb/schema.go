package contentdb

import (
	"embed"

	"github.com/kwipper/kwipper/shared/platform/idempotencydb"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/saga/barrier"
)

//go:embed schema/*.sql
var files embed.FS

// Schema returns the DDL of the content database in order.
func Schema() []string {
	return spannerdb.Statements(files, idempotencydb.Schema, barrier.Schema)
}
