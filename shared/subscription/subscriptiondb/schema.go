package subscriptiondb

import (
	"embed"

	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

//go:embed schema/*.sql
var files embed.FS

// Migrations returns what makes the subscription database, in order.
func Migrations() []spannerdb.Migration { return spannerdb.Migrations(files) }

// Schema returns the DDL of a new subscription database.
func Schema() []string { return spannerdb.Statements(Migrations()) }
