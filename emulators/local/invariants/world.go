package invariants

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"cloud.google.com/go/spanner"
	"golang.org/x/sync/errgroup"

	"github.com/kwipper/kwipper/emulators/stripe"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

// The rows, with the columns that are looked at under their own names.
type (
	entryRow struct {
		TransactionId, Account, Currency, PaymentId string
		Line, AmountMinor                           int64
	}
	paymentRow struct{ PaymentId, InvoiceId, SubscriptionId, State string }
	invoiceRow struct {
		InvoiceId, SubscriptionId, State string
		Period                           int64
	}
	subscriptionRow struct {
		SubscriptionId, UserId, CourseId, State string
		InvoiceId                               spanner.NullString
		Period                                  int64
		AccessUntil                             spanner.NullTime
	}
	entitlementRow struct {
		UserId, CourseId, SubscriptionId string
		AccessUntil                      time.Time
		RevokeTime                       spanner.NullTime
	}
	enrollmentRow struct {
		CourseId, UserId, SubscriptionId string
		AccessUntil                      time.Time
		RevokeTime                       spanner.NullTime
	}
	userEnrollmentRow struct {
		UserId, SubscriptionId, CourseId string
		RevokeTime                       spanner.NullTime
	}
	countRow struct {
		CourseId    string
		Subscribers int64
	}
	sagaRow struct {
		SagaId, Definition, Phase string
		Stuck, Done               bool
	}
)

// world is all that is looked at.
type world struct {
	gateway         stripe.Totals
	entries         []entryRow
	payments        []paymentRow
	invoices        []invoiceRow
	subscriptions   []subscriptionRow
	entitlements    []entitlementRow
	enrollments     []enrollmentRow
	userEnrollments []userEnrollmentRow
	counts          []countRow
	sagas           []sagaRow
}

func load(ctx context.Context, gateway stripe.Totals) (*world, error) {
	w := &world{gateway: gateway}
	at := spanner.ReadTimestamp(time.Now())
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return read(ctx, at, "billing", "LedgerEntries", &w.entries) })
	group.Go(func() error { return read(ctx, at, "billing", "Payments", &w.payments) })
	group.Go(func() error { return read(ctx, at, "billing", "Invoices", &w.invoices) })
	group.Go(func() error { return read(ctx, at, "subscription", "Subscriptions", &w.subscriptions) })
	group.Go(func() error { return read(ctx, at, "content", "Entitlements", &w.entitlements) })
	group.Go(func() error { return read(ctx, at, "course", "Enrollments", &w.enrollments) })
	group.Go(func() error { return read(ctx, at, "course", "SubscriberCounts", &w.counts) })
	group.Go(func() error { return read(ctx, at, "user", "UserEnrollments", &w.userEnrollments) })
	group.Go(func() error { return read(ctx, at, "saga", "Sagas", &w.sagas) })
	if err := group.Wait(); err != nil {
		return nil, err
	}
	w.dropTombstones()
	return w, nil
}

// dropTombstones leaves out what was ended and is kept so that nothing late opens it again.
func (w *world) dropTombstones() {
	w.entitlements = slices.DeleteFunc(w.entitlements, func(e entitlementRow) bool { return e.RevokeTime.Valid })
	w.enrollments = slices.DeleteFunc(w.enrollments, func(e enrollmentRow) bool { return e.RevokeTime.Valid })
	w.userEnrollments = slices.DeleteFunc(w.userEnrollments, func(e userEnrollmentRow) bool { return e.RevokeTime.Valid })
}

// read reads a whole table; its columns are the fields of T.
func read[T any](ctx context.Context, at spanner.TimestampBound, database, table string, rows *[]T) error {
	client, err := spannerdb.Open(ctx, database)
	if err != nil {
		return fmt.Errorf("read %s: %w", table, err)
	}
	var columns []string
	for _, field := range reflect.VisibleFields(reflect.TypeFor[T]()) {
		columns = append(columns, field.Name)
	}
	err = client.Single().WithTimestampBound(at).
		ReadWithOptions(ctx, table, spanner.AllKeys(), columns, &spanner.ReadOptions{RequestTag: "invariants"}).
		Do(func(r *spanner.Row) error {
			var row T
			if err := r.ToStruct(&row); err != nil {
				return err
			}
			*rows = append(*rows, row)
			return nil
		})
	if err != nil {
		return fmt.Errorf("read %s: %w", table, err)
	}
	return nil
}

// findings are what a check has seen.
type findings struct {
	rows      int
	offenders []Offender
}

// add counts a row and keeps it if it offends.
func (f *findings) add(id string, offends bool, why string, args ...any) {
	f.rows++
	if offends {
		f.offenders = append(f.offenders, Offender{ID: id, Why: fmt.Sprintf(why, args...)})
	}
}

// index maps rows by a key; of several with the same key it keeps the last.
func index[K comparable, T any](rows []T, key func(T) K) map[K]T {
	found := make(map[K]T, len(rows))
	for _, r := range rows {
		found[key(r)] = r
	}
	return found
}
