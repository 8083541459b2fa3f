package idempotencydb_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
	"github.com/kwipper/kwipper/shared/platform/idempotencydb"
	"github.com/kwipper/kwipper/shared/platform/spannerdb/readstesting"
)

func TestEveryReadIsByKey(t *testing.T) {
	r := readstesting.Watch(t, spannertesting.NewDatabaseName(t, idempotencydb.Schema, effects))
	r.Fill(t, "IdempotencyKeys", 200, func(i int) map[string]any { return map[string]any{"KeyHash": fmt.Sprint(i)} })
	var runs atomic.Int64
	once := func() error {
		_, _, err := idempotencydb.Once(t.Context(), r.Client, newKey("{}"), effect(&runs))
		return err
	}
	r.Expect(t, once, "idempotency-load: 0 rows by IdempotencyKeys")
	r.Expect(t, once, "idempotency-load: 1 rows by IdempotencyKeys")
	r.CoverPackage(t, ".")
}
