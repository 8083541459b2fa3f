package coursedb

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"cloud.google.com/go/spanner"

	"github.com/kwipper/kwipper/shared/course"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/saga/barrier"
)

// shards is over how many rows the subscribers of a course are counted. More may be added
// at any time, as what a shard counted stays in it.
const shards = 32

var enrollmentColumns = []string{"CourseId", "UserId", "SubscriptionId", "Country", "DisplayName", "SubscribeTime", "AccessUntil", "RevokeTime"}

// enrollmentRow is a row of Enrollments.
type enrollmentRow struct {
	CourseId       string
	UserId         string
	SubscriptionId string
	Country        string
	DisplayName    string
	SubscribeTime  time.Time
	AccessUntil    time.Time
	RevokeTime     spanner.NullTime
}

// Enroll starts an enrollment, or moves the end of one that there is, never backwards. One
// that was ended stays so: the command is late.
func (s *Store) Enroll(ctx context.Context, cmd message.Command, e course.Enrollment) (message.Reply, error) {
	return barrier.Run(ctx, s.client, cmd, func(ctx context.Context, txn *spanner.ReadWriteTransaction) (any, error) {
		there, err := enrolled(ctx, txn, e)
		if err != nil || there.revoked {
			return nil, err
		}
		if there.found {
			if e.AccessUntil.Before(there.until) {
				e.AccessUntil = there.until
			}
			return nil, txn.BufferWrite([]*spanner.Mutation{spanner.UpdateMap(enrollments, map[string]any{
				"CourseId": e.CourseID, "UserId": e.UserID, "SubscriptionId": e.SubscriptionID, "AccessUntil": e.AccessUntil,
			})})
		}
		if err := count(ctx, txn, e, 1); err != nil {
			return nil, err
		}
		return nil, txn.BufferWrite([]*spanner.Mutation{spanner.InsertMap(enrollments, encodeEnrollment(e))})
	})
}

// Unenroll ends the enrollment of a subscription, begun or not, for good. The name goes.
func (s *Store) Unenroll(ctx context.Context, cmd message.Command, e course.Enrollment) (message.Reply, error) {
	return barrier.Run(ctx, s.client, cmd, func(ctx context.Context, txn *spanner.ReadWriteTransaction) (any, error) {
		there, err := enrolled(ctx, txn, e)
		if err != nil || there.revoked {
			return nil, err
		}
		if there.found {
			if err := count(ctx, txn, e, -1); err != nil {
				return nil, err
			}
		}
		e.DisplayName, e.AccessUntil = "", e.SubscribeTime
		ended := encodeEnrollment(e)
		ended["RevokeTime"] = spanner.CommitTimestamp
		return nil, txn.BufferWrite([]*spanner.Mutation{spanner.InsertOrUpdateMap(enrollments, ended)})
	})
}

func encodeEnrollment(e course.Enrollment) map[string]any {
	return map[string]any{
		"CourseId": e.CourseID, "UserId": e.UserID, "SubscriptionId": e.SubscriptionID, "Country": e.Country,
		"DisplayName": e.DisplayName, "SubscribeTime": e.SubscribeTime, "AccessUntil": e.AccessUntil,
	}
}

// state is what there is of an enrollment.
type state struct {
	found, revoked bool
	until          time.Time
}

func enrolled(ctx context.Context, txn reader, e course.Enrollment) (state, error) {
	key := spanner.Key{e.CourseID, e.UserID, e.SubscriptionID}
	row, err := txn.ReadRowWithOptions(ctx, enrollments, key, []string{"AccessUntil", "RevokeTime"}, tagged("enrollment-get"))
	if notFound(err) {
		return state{}, nil
	}
	found, revoked := state{found: true}, spanner.NullTime{}
	if err == nil {
		err = row.Columns(&found.until, &revoked)
	}
	if err != nil {
		return state{}, fmt.Errorf("read the enrollment of subscription %s: %w", e.SubscriptionID, err)
	}
	found.revoked = revoked.Valid
	return found, nil
}

// count adds n to the shard that a subscription is counted in.
func count(ctx context.Context, txn *spanner.ReadWriteTransaction, e course.Enrollment, n int64) error {
	hash := fnv.New32a()
	hash.Write([]byte(e.SubscriptionID))
	shard := int64(hash.Sum32() % shards)
	var have int64
	row, err := txn.ReadRowWithOptions(ctx, counts, spanner.Key{e.CourseID, shard}, []string{"Subscribers"}, tagged("course-count"))
	if err == nil {
		err = row.Columns(&have)
	} else if notFound(err) {
		err = nil
	}
	if err != nil {
		return fmt.Errorf("count the subscribers of course %s: %w", e.CourseID, err)
	}
	return txn.BufferWrite([]*spanner.Mutation{spanner.InsertOrUpdateMap(counts, map[string]any{
		"CourseId": e.CourseID, "Shard": shard, "Subscribers": have + n,
	})})
}

// AccessUntil returns until when a user has access to a course: the latest end of their
// enrollments that no saga has ended.
func (s *Store) AccessUntil(ctx context.Context, courseID, userID string) (time.Time, error) {
	var latest time.Time
	rows := s.client.Single().ReadWithOptions(ctx, enrollments, spanner.Key{courseID, userID}.AsPrefix(), []string{"AccessUntil", "RevokeTime"}, tagged("enrollment-access"))
	err := rows.Do(func(row *spanner.Row) error {
		var until time.Time
		var revoked spanner.NullTime
		err := row.Columns(&until, &revoked)
		if !revoked.Valid && until.After(latest) {
			latest = until
		}
		return err
	})
	if err != nil {
		return time.Time{}, spannerdb.Fault(fmt.Errorf("read access to course %s: %w", courseID, err))
	}
	return latest, nil
}

// ListEnrollments lists a course's enrollments by user and subscription. Those that ended
// are passed over, so that a page may be short.
func (s *Store) ListEnrollments(ctx context.Context, courseID string, p course.Page) (found []course.Enrollment, next string, readTime time.Time, err error) {
	txn := s.snapshot(p)
	defer txn.Close()
	var keys spanner.KeySet = spanner.Key{courseID}.AsPrefix()
	if user, subscription, ok := strings.Cut(p.After, "/"); ok {
		keys = spanner.KeyRange{Start: spanner.Key{courseID, user, subscription}, End: spanner.Key{courseID}, Kind: spanner.OpenClosed}
	}
	read, last := 0, ""
	rows := txn.ReadWithOptions(ctx, enrollments, keys, enrollmentColumns, &spanner.ReadOptions{Limit: p.Limit, RequestTag: "enrollment-list"})
	err = rows.Do(func(row *spanner.Row) error {
		var r enrollmentRow
		err := row.ToStruct(&r)
		read, last = read+1, r.UserId+"/"+r.SubscriptionId
		if !r.RevokeTime.Valid {
			found = append(found, r.enrollment())
		}
		return err
	})
	if err == nil {
		readTime, err = txn.Timestamp()
	}
	if err != nil {
		return nil, "", time.Time{}, spannerdb.Fault(fmt.Errorf("list the subscribers of course %s: %w", courseID, err))
	}
	if read == p.Limit {
		next = last
	}
	return found, next, readTime, nil
}

func (r enrollmentRow) enrollment() course.Enrollment {
	return course.Enrollment{
		CourseID: r.CourseId, UserID: r.UserId, SubscriptionID: r.SubscriptionId, Country: r.Country,
		DisplayName: r.DisplayName, SubscribeTime: r.SubscribeTime, AccessUntil: r.AccessUntil,
	}
}
