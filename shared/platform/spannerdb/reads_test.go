package spannerdb

import (
	"testing"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
	"github.com/kwipper/kwipper/shared/platform/spannerdb/readstesting"
)

func TestProbesReadNoTable(t *testing.T) {
	r := readstesting.Watch(t, spannertesting.NewDatabaseName(t))
	r.Expect(t, func() error { return probe(t.Context(), r.Client) }, "probe: 0 rows of no table")
	r.CoverPackage(t, ".")
}
