// Package coursedb keeps the Course service's data in Spanner.
package coursedb

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"time"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"github.com/kwipper/kwipper/shared/course"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/platform/idempotencydb"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

//go:embed schema/*.sql
var files embed.FS

// Migrations returns what makes the course database, in order.
func Migrations() []spannerdb.Migration { return spannerdb.Migrations(files) }

// Schema returns the DDL of a new course database.
func Schema() []string { return spannerdb.Statements(Migrations()) }

const (
	courses     = "Courses"
	byTutor     = "CoursesByTutor"
	items       = "Items"
	listings    = "CourseListings"
	enrollments = "Enrollments"
	counts      = "SubscriberCounts"
)

// Store is the Course service's database.
type Store struct{ client *spanner.Client }

// New returns a store over the course database.
func New(client *spanner.Client) *Store { return &Store{client: client} }

// reader is a transaction that reads, of either kind.
type reader interface {
	ReadRowWithOptions(ctx context.Context, table string, key spanner.Key, columns []string, opts *spanner.ReadOptions) (*spanner.Row, error)
	ReadWithOptions(ctx context.Context, table string, keys spanner.KeySet, columns []string, opts *spanner.ReadOptions) *spanner.RowIterator
}

func tagged(tag string) *spanner.ReadOptions { return &spanner.ReadOptions{RequestTag: tag} }

// snapshot returns a transaction that reads all of a page at one timestamp: the page's, or
// else as of its staleness ago.
func (s *Store) snapshot(p course.Page) *spanner.ReadOnlyTransaction {
	txn := s.client.ReadOnlyTransaction()
	switch {
	case !p.ReadTime.IsZero():
		return txn.WithTimestampBound(spanner.ReadTimestamp(p.ReadTime))
	case p.Staleness > 0:
		return txn.WithTimestampBound(spanner.ExactStaleness(p.Staleness))
	default:
		return txn
	}
}

// created is what is kept with an idempotency key: what was made, which a repetition reads
// anew.
type created struct {
	ID string `json:"id"`
}

const statusCreated = 201

// once runs effect, which makes id, once for a key, and returns the id that was made.
func (s *Store) once(ctx context.Context, key idempotency.Key, id string, effect func(context.Context, *spanner.ReadWriteTransaction) error) (string, error) {
	answer, _, err := idempotencydb.Once(ctx, s.client, key, func(ctx context.Context, txn *spanner.ReadWriteTransaction) (idempotency.Answer, error) {
		if err := effect(ctx, txn); err != nil {
			return idempotency.Answer{}, err
		}
		return idempotency.NewAnswer(statusCreated, created{ID: id})
	})
	if err != nil {
		return "", err
	}
	var made created
	if err := json.Unmarshal(answer.Body, &made); err != nil {
		return "", fmt.Errorf("decode what was made: %w", err)
	}
	return made.ID, nil
}

// transact runs effect in a read-write transaction and returns the commit timestamp.
func (s *Store) transact(ctx context.Context, tag string, effect func(context.Context, *spanner.ReadWriteTransaction) error) (time.Time, error) {
	response, err := s.client.ReadWriteTransactionWithOptions(ctx, effect, spanner.TransactionOptions{TransactionTag: tag})
	if err != nil {
		return time.Time{}, spannerdb.Fault(err)
	}
	return response.CommitTs, nil
}

func notFound(err error) bool { return spanner.ErrCode(err) == codes.NotFound }
