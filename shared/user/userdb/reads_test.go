package userdb_test

import (
	"fmt"
	"testing"

	"github.com/kwipper/kwipper/emulators/spanner/spannertesting"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/spannerdb/readstesting"
	"github.com/kwipper/kwipper/shared/user"
	"github.com/kwipper/kwipper/shared/user/userdb"
)

func TestEveryReadIsByKeyOrIndex(t *testing.T) {
	r := readstesting.Watch(t, spannertesting.NewDatabaseName(t, userdb.Schema()...))
	store := userdb.New(r.Client)
	ctx := t.Context()
	r.Fill(t, "Users", 200, func(i int) map[string]any {
		return map[string]any{"UserId": fmt.Sprintf("u%03d", i), "Subject": fmt.Sprint(i)}
	})
	r.Fill(t, "UserEnrollments", 600, func(i int) map[string]any {
		return map[string]any{"UserId": fmt.Sprintf("u%03d", i/3), "SubscriptionId": fmt.Sprint(i)}
	})
	r.Expect(t, func() error { _, err := store.Get(ctx, "u001"); return err },
		"user-get: 1 rows by Users", "user-count-enrollments: 3 rows by UserEnrollments")
	r.Expect(t, func() error {
		_, err := store.Insert(ctx, idempotency.NewKey("u", "f", "jp", "k", "/", nil), user.User{ID: "new", Subject: "new"})
		return err
	}, "idempotency-load: 0 rows by IdempotencyKeys", "user-by-subject: 0 rows by UsersBySubject")
	cmd := message.Command{Version: 1, Saga: "s", Step: "a", Service: message.User, Name: "a", Country: "jp"}
	r.Expect(t, func() error {
		_, err := store.Add(ctx, cmd, message.Enrollment{UserID: "u001", SubscriptionID: "3"})
		return err
	}, "barrier-load: 0 rows by SagaBarriers", "user-exists: 1 rows by Users", "user-enrollment-get: 1 rows by UserEnrollments")
	r.CoverPackage(t, ".")
}
