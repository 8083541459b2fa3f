package sagadb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"cloud.google.com/go/spanner"
	"golang.org/x/sync/errgroup"
	"google.golang.org/api/iterator"

	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/saga"
)

const (
	duePage        = 100
	dueConcurrency = 16
)

// ResumeDue looks after up to limit sagas whose time has come: it asks again for answers
// that are missing, turns back those whose deadline has passed and raises the alarm for
// those that stand still. It goes through the shards of the index, each time in an order of
// its own, so that a run that reaches its limit starves none. It returns how many sagas it
// has looked after; one that fails is logged. If it could not be stored it is met again in
// the next run; if its commands could not be published, when its next reminder is due: twice
// as long after the last, at most an hour, so that a broker that is away is not besieged.
func (s *Store) ResumeDue(ctx context.Context, limit int) (int, error) {
	now := s.clock.Now()
	var resumed atomic.Int64
	left := limit
	for _, shard := range rand.Perm(shards) {
		var after time.Time // the due time of the last saga met
		for left > 0 {
			page, err := s.due(ctx, shard, after, now, min(duePage, left))
			if err != nil {
				return int(resumed.Load()), err
			}
			s.resumePage(ctx, page, &resumed)
			left -= len(page)
			if len(page) < duePage {
				break
			}
			after = page[len(page)-1].due
		}
	}
	return int(resumed.Load()), nil
}

type dueSaga struct {
	id  string
	due time.Time
}

// due returns the sagas of a shard that are due, from the given due time on, longest due
// first.
func (s *Store) due(ctx context.Context, shard int, from, now time.Time, limit int) ([]dueSaga, error) {
	keys := spanner.KeyRange{
		Start: spanner.Key{int64(shard), from}, End: spanner.Key{int64(shard), now}, Kind: spanner.ClosedClosed,
	}
	rows := s.client.Single().ReadWithOptions(ctx, table, keys, []string{"SagaId", "DueTime"},
		&spanner.ReadOptions{Index: "SagasByDue", Limit: limit, RequestTag: "saga-due"})
	defer rows.Stop()
	var page []dueSaga
	for {
		row, err := rows.Next()
		if errors.Is(err, iterator.Done) {
			return page, nil
		}
		var d dueSaga
		if err == nil {
			err = row.Columns(&d.id, &d.due)
		}
		if err != nil {
			return nil, spannerdb.Fault(fmt.Errorf("read due sagas: %w", err))
		}
		page = append(page, d)
	}
}

func (s *Store) resumePage(ctx context.Context, page []dueSaga, resumed *atomic.Int64) {
	var group errgroup.Group
	group.SetLimit(dueConcurrency)
	for _, d := range page {
		group.Go(func() error {
			if err := s.apply(ctx, d.id, saga.Due()); err != nil {
				slog.ErrorContext(ctx, "due saga not looked after", "saga", d.id, "error", err)
				return nil
			}
			resumed.Add(1)
			return nil
		})
	}
	_ = group.Wait() // its functions return nil
}
