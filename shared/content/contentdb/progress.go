package contentdb

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

var progressColumns = []string{"UserId", "CourseId", "ItemId", "Country", "Done", "PositionSeconds", "UpdateTime"}

func decodeProgress(row *spanner.Row) (content.ItemProgress, error) {
	var r struct {
		UserId, CourseId, ItemId, Country string
		Done                              bool
		PositionSeconds                   int64
		UpdateTime                        time.Time
	}
	if err := row.ToStruct(&r); err != nil {
		return content.ItemProgress{}, fmt.Errorf("decode progress: %w", err)
	}
	return content.ItemProgress{
		UserID: r.UserId, CourseID: r.CourseId, ItemID: r.ItemId, Country: r.Country, Done: r.Done,
		PositionSeconds: int(r.PositionSeconds), UpdateTime: r.UpdateTime,
	}, nil
}

// CourseProgress lists the progress in the items of a course, in order of their ids.
func (s Store) CourseProgress(ctx context.Context, userID, courseID string) ([]content.ItemProgress, error) {
	var found []content.ItemProgress
	rows := s.Client.Single().ReadWithOptions(ctx, "Progress", spanner.Key{userID, courseID}.AsPrefix(), progressColumns,
		&spanner.ReadOptions{RequestTag: "course-progress"})
	err := spannerdb.Each(rows, func(row *spanner.Row) error {
		p, err := decodeProgress(row)
		found = append(found, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read progress in course %s: %w", courseID, err)
	}
	return found, nil
}

// StartedCourses lists up to limit courses in which a learner has progress, in order of
// their ids and after the given one, with the progress in them.
func (s Store) StartedCourses(ctx context.Context, userID, afterCourseID string, limit int) ([][]content.ItemProgress, error) {
	statement := spanner.Statement{
		SQL: `SELECT p.UserId, p.CourseId, p.ItemId, p.Country, p.Done, p.PositionSeconds, p.UpdateTime
			FROM (SELECT DISTINCT CourseId FROM Progress
				WHERE UserId = @user AND CourseId > @after ORDER BY CourseId LIMIT @limit) AS c
			JOIN@{JOIN_METHOD=APPLY_JOIN} Progress AS p ON p.UserId = @user AND p.CourseId = c.CourseId
			ORDER BY p.CourseId, p.ItemId`,
		Params: map[string]any{"user": userID, "after": afterCourseID, "limit": int64(limit)},
	}
	var courses [][]content.ItemProgress
	rows := s.Client.Single().QueryWithOptions(ctx, statement, spanner.QueryOptions{RequestTag: "started-courses"})
	err := spannerdb.Each(rows, func(row *spanner.Row) error {
		p, err := decodeProgress(row)
		if err != nil {
			return err
		}
		last := len(courses) - 1
		if last < 0 || courses[last][0].CourseID != p.CourseID {
			courses, last = append(courses, nil), last+1
		}
		courses[last] = append(courses[last], p)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list progress: %w", err)
	}
	return courses, nil
}

// ChangeProgress applies change to the progress in an item, which may be empty so far.
func (s Store) ChangeProgress(ctx context.Context, p content.ItemProgress, change func(*content.ItemProgress)) (content.ItemProgress, error) {
	changed := p
	options := spanner.TransactionOptions{TransactionTag: "change-progress"}
	_, err := s.Client.ReadWriteTransactionWithOptions(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		changed = p
		row, err := txn.ReadRowWithOptions(ctx, "Progress", spanner.Key{p.UserID, p.CourseID, p.ItemID}, progressColumns,
			&spanner.ReadOptions{RequestTag: "item-progress"})
		if err != nil && spanner.ErrCode(err) != codes.NotFound {
			return err
		}
		if err == nil {
			if changed, err = decodeProgress(row); err != nil {
				return err
			}
		}
		change(&changed)
		return txn.BufferWrite([]*spanner.Mutation{spanner.InsertOrUpdate("Progress", progressColumns, []any{
			changed.UserID, changed.CourseID, changed.ItemID, changed.Country, changed.Done, int64(changed.PositionSeconds), changed.UpdateTime,
		})})
	}, options)
	if err != nil {
		return content.ItemProgress{}, spannerdb.Fault(fmt.Errorf("record progress in item %s: %w", p.ItemID, err))
	}
	return changed, nil
}
