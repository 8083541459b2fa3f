package contentdb

import (
	"embed"

	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

//go:embed schema/*.sql
var files embed.FS

// Migrations returns what makes the content database, in order.
func Migrations() []spannerdb.Migration { return spannerdb.Migrations(files) }

// Schema returns the DDL of a new content database.
func Schema() []string { return spannerdb.Statements(Migrations()) }
