// Package userdb keeps the User service's data in Spanner.
package userdb

import (
	"context"
	"embed"
	"fmt"
	"time"

	"cloud.google.com/go/spanner"
	"google.golang.org/grpc/codes"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/platform/idempotencydb"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/user"
)

//go:embed schema/*.sql
var files embed.FS

// Migrations returns what makes the user database, in order.
func Migrations() []spannerdb.Migration { return spannerdb.Migrations(files) }

// Schema returns the DDL of a new user database.
func Schema() []string { return spannerdb.Statements(Migrations()) }

const (
	users       = "Users"
	bySubject   = "UsersBySubject"
	enrollments = "UserEnrollments"
)

var columns = []string{
	"UserId", "Subject", "Country", "DisplayName", "GivenName", "FamilyName", "RegionCode", "TimeZone",
	"LanguageCode", "Roles", "Revision", "CreateTime", "UpdateTime",
}

// row is a row of Users.
type row struct {
	UserId       string
	Subject      string
	Country      string
	DisplayName  string
	GivenName    string
	FamilyName   string
	RegionCode   string
	TimeZone     string
	LanguageCode string
	Roles        []string
	Revision     int64
	CreateTime   time.Time
	UpdateTime   time.Time
}

// Store is the User service's database.
type Store struct{ client *spanner.Client }

// New returns a store over the user database.
func New(client *spanner.Client) *Store { return &Store{client: client} }

// Insert adds a user once for a key; see user.Store.
func (s *Store) Insert(ctx context.Context, key idempotency.Key, u user.User) (string, error) {
	answer, _, err := idempotencydb.Once(ctx, s.client, key, func(ctx context.Context, txn *spanner.ReadWriteTransaction) (idempotency.Answer, error) {
		there, err := txn.ReadRowWithOptions(ctx, users, spanner.Key{u.Subject}, []string{"UserId"},
			&spanner.ReadOptions{Index: bySubject, RequestTag: "user-by-subject"})
		switch {
		case err == nil:
			var id string
			if err := there.Columns(&id); err != nil {
				return idempotency.Answer{}, err
			}
			return idempotency.Answer{}, fault.New(fault.AlreadyExists, user.ReasonAlreadyRegistered,
				"the caller is user %s already", id).With(user.MetadataUser, id)
		case spanner.ErrCode(err) != codes.NotFound:
			return idempotency.Answer{}, fmt.Errorf("look for the identity: %w", err)
		}
		values := write(u)
		values["CreateTime"] = spanner.CommitTimestamp
		if err := txn.BufferWrite([]*spanner.Mutation{spanner.InsertMap(users, values)}); err != nil {
			return idempotency.Answer{}, err
		}
		return idempotency.NewAnswer(created, stored{UserID: u.ID})
	})
	if err != nil {
		return "", err
	}
	return decodeStored(answer)
}

// Get returns a user, read strongly.
func (s *Store) Get(ctx context.Context, id string) (user.User, error) {
	txn := s.client.ReadOnlyTransaction()
	defer txn.Close()
	u, err := load(ctx, txn, id)
	return u, spannerdb.Fault(err)
}

// Change applies change to a user in one transaction; see user.Store.
func (s *Store) Change(ctx context.Context, id string, change func(*user.User) (bool, error)) (changed user.User, err error) {
	options := spanner.TransactionOptions{TransactionTag: "user-change"}
	response, err := s.client.ReadWriteTransactionWithOptions(ctx, func(ctx context.Context, txn *spanner.ReadWriteTransaction) error {
		u, err := load(ctx, txn, id)
		if err != nil {
			return err
		}
		dirty, err := change(&u)
		if err != nil {
			return err
		}
		if dirty {
			u.Revision++
			u.UpdateTime = time.Time{}
			err = txn.BufferWrite([]*spanner.Mutation{spanner.UpdateMap(users, write(u))})
		}
		changed = u
		return err
	}, options)
	if err != nil {
		return user.User{}, spannerdb.Fault(err)
	}
	if changed.UpdateTime.IsZero() {
		changed.UpdateTime = response.CommitTs
	}
	return changed, nil
}

// reader is a transaction that reads, of either kind.
type reader interface {
	ReadRowWithOptions(ctx context.Context, table string, key spanner.Key, columns []string, opts *spanner.ReadOptions) (*spanner.Row, error)
	ReadWithOptions(ctx context.Context, table string, keys spanner.KeySet, columns []string, opts *spanner.ReadOptions) *spanner.RowIterator
}

func load(ctx context.Context, txn reader, id string) (user.User, error) {
	found, err := txn.ReadRowWithOptions(ctx, users, spanner.Key{id}, columns, &spanner.ReadOptions{RequestTag: "user-get"})
	if spanner.ErrCode(err) == codes.NotFound {
		return user.User{}, user.NotFound(id)
	}
	if err != nil {
		return user.User{}, fmt.Errorf("read user %s: %w", id, err)
	}
	var r row
	if err := found.ToStruct(&r); err != nil {
		return user.User{}, fmt.Errorf("read user %s: %w", id, err)
	}
	u := r.user()
	u.SubscriptionCount, err = countEnrollments(ctx, txn, id)
	return u, err
}

func countEnrollments(ctx context.Context, txn reader, id string) (int, error) {
	count := 0
	rows := txn.ReadWithOptions(ctx, enrollments, spanner.Key{id}.AsPrefix(), []string{"RevokeTime"},
		&spanner.ReadOptions{RequestTag: "user-count-enrollments"})
	err := rows.Do(func(row *spanner.Row) error {
		var revoked spanner.NullTime
		err := row.Columns(&revoked)
		if !revoked.Valid {
			count++
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("count the subscriptions of user %s: %w", id, err)
	}
	return count, nil
}

func (r row) user() user.User {
	u := user.User{
		ID: r.UserId, Subject: r.Subject, Country: r.Country,
		Profile: user.Profile{
			DisplayName: r.DisplayName, GivenName: r.GivenName, FamilyName: r.FamilyName,
			RegionCode: r.RegionCode, TimeZone: r.TimeZone, LanguageCode: r.LanguageCode,
		},
		CreateTime: r.CreateTime, UpdateTime: r.UpdateTime, Revision: r.Revision,
	}
	for _, role := range r.Roles {
		u.Roles = append(u.Roles, user.Role(role))
	}
	return u
}

// write returns the columns of u, the time of its creation apart.
func write(u user.User) map[string]any {
	roles := make([]string, len(u.Roles))
	for i, role := range u.Roles {
		roles[i] = string(role)
	}
	return map[string]any{
		"UserId": u.ID, "Subject": u.Subject, "Country": u.Country, "DisplayName": u.DisplayName,
		"GivenName": u.GivenName, "FamilyName": u.FamilyName, "RegionCode": u.RegionCode, "TimeZone": u.TimeZone,
		"LanguageCode": u.LanguageCode, "Roles": roles, "Revision": u.Revision, "UpdateTime": spanner.CommitTimestamp,
	}
}
