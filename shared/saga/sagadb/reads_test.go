package sagadb_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/platform/spannerdb/readstesting"
	"github.com/kwipper/kwipper/shared/saga"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
)

func TestEveryReadIsByKeyOrIndex(t *testing.T) {
	r := readstesting.Watch(t, spannertesting.NewDatabaseName(t, sagadb.Schema()...))
	begin := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	registry, err := saga.NewRegistry(purchase(1))
	require.NoError(t, err)
	store := sagadb.New(r.Client, &broker{}, registry, clock.Fixed(begin.Add(time.Hour)))
	r.Fill(t, "Sagas", 400, func(i int) map[string]any {
		id := fmt.Sprintf("s%03d", i)
		state, err := json.Marshal(saga.Saga{ID: id, Phase: saga.Succeeded})
		require.NoError(t, err)
		row := map[string]any{
			"SagaId": id, "OwnerUserId": fmt.Sprintf("u%d", i%2), "Done": i%4 > 1, "State": string(state), "DueShard": 20,
			"StartTime": begin.Add(time.Duration(i/40) * time.Hour),
		}
		if i%10 == 0 {
			row["DueShard"], row["DueTime"] = 3, begin
		}
		return row
	})
	r.Expect(t, func() error { _, err := store.Get(ctx, "s001"); return err }, "saga-get: 1 rows by Sagas")
	list := func(p saga.Page) func() error {
		p.Owner, p.Size = "u0", 11
		return func() error { _, _, err := store.List(ctx, p); return err }
	}
	r.Expect(t, list(saga.Page{}), "saga-list: 11 rows by SagasByOwner")
	r.Expect(t, list(saga.Page{Done: true, AfterTime: begin.Add(5 * time.Hour), AfterID: "s210"}), "saga-list: 11 rows by SagasByOwner")

	// Of 16 shards one has forty that are due; each of them is loaded by its key.
	var want []string
	for shard := range 16 {
		want = append(want, fmt.Sprintf("saga-due: %d rows by SagasByDue", map[bool]int{true: 40}[shard == 3]))
	}
	for range 40 {
		want = append(want, "saga-load: 1 rows by Sagas")
	}
	r.Expect(t, func() error { _, err := store.ResumeDue(ctx, 1000); return err }, want...)
	r.CoverPackage(t, ".")
}
