package coursedb

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/kwipper/kwipper/shared/course"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

// ListByFacet lists the published courses under a facet, by id.
func (s *Store) ListByFacet(ctx context.Context, facet string, p course.Page) ([]course.Course, time.Time, error) {
	return s.list(ctx, p, func(txn *spanner.ReadOnlyTransaction) *spanner.RowIterator {
		return txn.ReadWithOptions(ctx, listings, after(facet, p.After), []string{"CourseId"},
			&spanner.ReadOptions{Limit: p.Limit, RequestTag: "course-list-facet"})
	})
}

// ListByTutor lists all courses of a tutor, by id.
func (s *Store) ListByTutor(ctx context.Context, tutorID string, p course.Page) ([]course.Course, time.Time, error) {
	return s.list(ctx, p, func(txn *spanner.ReadOnlyTransaction) *spanner.RowIterator {
		return txn.ReadWithOptions(ctx, courses, after(tutorID, p.After), []string{"CourseId"},
			&spanner.ReadOptions{Index: byTutor, Limit: p.Limit, RequestTag: "course-list-tutor"})
	})
}

// after is the range of rows whose key begins with first, that follow last.
func after(first, last string) spanner.KeySet {
	if last == "" {
		return spanner.Key{first}.AsPrefix()
	}
	return spanner.KeyRange{Start: spanner.Key{first, last}, End: spanner.Key{first}, Kind: spanner.OpenClosed}
}

// list reads the ids that find yields and then the courses, all at one timestamp.
func (s *Store) list(ctx context.Context, p course.Page, find func(*spanner.ReadOnlyTransaction) *spanner.RowIterator) ([]course.Course, time.Time, error) {
	txn := s.snapshot(p)
	defer txn.Close()
	var keys []spanner.Key
	err := find(txn).Do(func(row *spanner.Row) error {
		var id string
		err := row.Columns(&id)
		keys = append(keys, spanner.Key{id})
		return err
	})
	if err != nil {
		return nil, time.Time{}, spannerdb.Fault(fmt.Errorf("list courses: %w", err))
	}
	found := make([]course.Course, 0, len(keys))
	if len(keys) > 0 {
		rows := txn.ReadWithOptions(ctx, courses, spanner.KeySetFromKeys(keys...), columns, tagged("course-list"))
		err = rows.Do(func(row *spanner.Row) error {
			c, err := decode(row)
			found = append(found, c)
			return err
		})
		if err != nil {
			return nil, time.Time{}, spannerdb.Fault(fmt.Errorf("list courses: %w", err))
		}
	}
	slices.SortFunc(found, func(a, b course.Course) int { return strings.Compare(a.ID, b.ID) })
	readTime, err := txn.Timestamp()
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("list courses: %w", err)
	}
	return found, readTime, nil
}
