package coursedb

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/kwipper/kwipper/shared/course"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

// Create adds a course once for a key.
func (s *Store) Create(ctx context.Context, key idempotency.Key, c course.Course) (string, error) {
	return s.once(ctx, key, c.ID, func(_ context.Context, txn *spanner.ReadWriteTransaction) error {
		values, err := encode(c)
		if err != nil {
			return err
		}
		values["CreateTime"] = spanner.CommitTimestamp
		return txn.BufferWrite([]*spanner.Mutation{spanner.InsertMap(courses, values)})
	})
}

// Get returns a course as it was staleness ago.
func (s *Store) Get(ctx context.Context, id string, staleness time.Duration) (course.Course, error) {
	bound := spanner.StrongRead()
	if staleness > 0 {
		bound = spanner.ExactStaleness(staleness)
	}
	c, err := load(ctx, s.client.Single().WithTimestampBound(bound), id)
	return c, spannerdb.Fault(err)
}

// Change applies change to a course in one transaction.
func (s *Store) Change(ctx context.Context, id string, change func(*course.Course) error) (changed course.Course, err error) {
	commitTime, err := s.transact(ctx, "course-change", func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		before, err := load(ctx, txn, id)
		if err != nil {
			return err
		}
		changed = before
		if err := change(&changed); err != nil {
			return err
		}
		return save(txn, before, changed)
	})
	if err != nil {
		return course.Course{}, err
	}
	changed.UpdateTime = commitTime
	return changed, nil
}

func load(ctx context.Context, txn reader, id string) (course.Course, error) {
	found, err := txn.ReadRowWithOptions(ctx, courses, spanner.Key{id}, columns, tagged("course-get"))
	if notFound(err) {
		return course.Course{}, course.NotAvailable(id)
	}
	if err != nil {
		return course.Course{}, fmt.Errorf("read course %s: %w", id, err)
	}
	return decode(found)
}

// save buffers the writes that make before into after, the catalogue included.
func save(txn *spanner.ReadWriteTransaction, before, after course.Course) error {
	values, err := encode(after)
	if err != nil {
		return err
	}
	mutations := []*spanner.Mutation{spanner.UpdateMap(courses, values)}
	for _, facet := range missingFrom(after.Facets, before.Facets) {
		mutations = append(mutations, spanner.Delete(listings, spanner.Key{facet, after.ID}))
	}
	for _, facet := range missingFrom(before.Facets, after.Facets) {
		mutations = append(mutations, spanner.InsertOrUpdateMap(listings, map[string]any{"Facet": facet, "CourseId": after.ID}))
	}
	return txn.BufferWrite(mutations)
}

// missingFrom returns what of wanted is not in have.
func missingFrom(have, wanted []string) []string {
	there := make(map[string]bool, len(have))
	for _, facet := range have {
		there[facet] = true
	}
	var missing []string
	for _, facet := range wanted {
		if !there[facet] {
			missing = append(missing, facet)
		}
	}
	return missing
}

// CountSubscribers adds up the shards of a course's count.
func (s *Store) CountSubscribers(ctx context.Context, id string) (int64, error) {
	var total int64
	rows := s.client.Single().ReadWithOptions(ctx, counts, spanner.Key{id}.AsPrefix(), []string{"Subscribers"}, tagged("course-count-subscribers"))
	err := rows.Do(func(row *spanner.Row) error {
		var n int64
		if err := row.Columns(&n); err != nil {
			return err
		}
		total += n
		return nil
	})
	if err != nil {
		return 0, spannerdb.Fault(fmt.Errorf("count the subscribers of course %s: %w", id, err))
	}
	return total, nil
}
