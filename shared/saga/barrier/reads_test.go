package barrier_test

import (
	"context"
	"fmt"
	"testing"

	"cloud.google.com/go/spanner"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
	"github.com/kwipper/kwipper/shared/platform/spannerdb/readstesting"
	"github.com/kwipper/kwipper/shared/saga/barrier"
)

func TestEveryReadIsByKey(t *testing.T) {
	r := readstesting.Watch(t, spannertesting.NewDatabaseName(t, barrier.Schema))
	r.Fill(t, "SagaBarriers", 200, func(i int) map[string]any {
		return map[string]any{"SagaId": "jp-1", "Step": fmt.Sprint(i / 2), "Compensation": i%2 == 0, "Command": "{}", "Reply": "{}", "Status": "DONE"}
	})
	for step, want := range map[string]string{"7": "barrier-load: 2 rows by SagaBarriers", "new": "barrier-load: 0 rows by SagaBarriers"} {
		r.Expect(t, func() error {
			_, err := barrier.Run(t.Context(), r.Client, action(step), func(context.Context, *spanner.ReadWriteTransaction) (any, error) { return nil, nil })
			return err
		}, want)
	}
	r.CoverPackage(t, ".")
}
