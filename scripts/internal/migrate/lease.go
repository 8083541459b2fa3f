package migrate

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"cloud.google.com/go/spanner"
	"github.com/google/uuid"
)

// leaseKey is the key of the one row of the lease.
const leaseKey = int64(1)

// errLeaseLost says that another runner has taken over.
var errLeaseLost = errors.New("another runner has taken the lease of this database: this one stops")

// HeldError says that another runner is at work.
type HeldError struct {
	Database string
	Holder   string
	Until    time.Time // if it is not renewed
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("%s is being migrated by %s, whose lease runs until %s unless renewed", e.Database, e.Holder, e.Until.UTC().Format(time.RFC3339))
}

type leaseRow struct {
	Id         int64
	LeaseId    string
	Holder     string
	ExpireTime time.Time
	// InitialVersion is the newest migration when the database was empty, 0 if it never was:
	// no code ever ran that used what contract migrations up to it take away.
	InitialVersion int64
}

// lease is the right to migrate a database.
type lease struct {
	database *Database
	row      leaseRow
	duration time.Duration
	stop     context.CancelFunc
	renewing sync.WaitGroup
}

// now returns the time by the database's clock, which all runners share.
func now(ctx context.Context, tx *spanner.ReadWriteTransaction) (t time.Time, err error) {
	err = tx.Query(ctx, spanner.NewStatement("SELECT CURRENT_TIMESTAMP()")).Do(func(row *spanner.Row) error { return row.Columns(&t) })
	return t, err
}

// acquire takes the lease if nobody has it; initial is kept if nobody ever had it.
// The context it returns ends when the lease is lost.
func (d *Database) acquire(ctx context.Context, holder string, duration time.Duration, initial int64) (*lease, context.Context, error) {
	l := &lease{database: d, duration: duration}
	id := uuid.NewString()
	_, err := d.Data.ReadWriteTransaction(ctx, func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		time, err := now(ctx, tx)
		if err != nil {
			return err
		}
		there, err := readLease(ctx, tx)
		if err != nil {
			return err
		}
		if there != nil {
			if there.LeaseId != "" && there.LeaseId != id && time.Before(there.ExpireTime) {
				return &HeldError{Database: d.Name, Holder: there.Holder, Until: there.ExpireTime}
			}
			initial = there.InitialVersion
		}
		l.row = leaseRow{Id: leaseKey, LeaseId: id, Holder: holder, ExpireTime: time.Add(duration), InitialVersion: initial}
		return write(tx, leaseTable, &l.row)
	})
	if held := (*HeldError)(nil); errors.As(err, &held) {
		return nil, nil, held
	}
	if err != nil {
		return nil, nil, fmt.Errorf("take the lease of %s: %w", d.Name, err)
	}
	held, lost := context.WithCancelCause(ctx)
	renew, stop := context.WithCancel(held)
	l.stop = stop
	l.renewing.Go(func() { l.renew(renew, lost) })
	return l, held, nil
}

func write(tx *spanner.ReadWriteTransaction, table string, row any) error {
	m, err := spanner.InsertOrUpdateStruct(table, row)
	if err != nil {
		return err
	}
	return tx.BufferWrite([]*spanner.Mutation{m})
}

// fenced writes in a transaction in which the lease is held.
func (l *lease) fenced(ctx context.Context, change func(context.Context, *spanner.ReadWriteTransaction) error) error {
	_, err := l.database.Data.ReadWriteTransaction(ctx, func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		there, err := readLease(ctx, tx)
		if err != nil {
			return err
		}
		if there == nil || there.LeaseId != l.row.LeaseId {
			return errLeaseLost
		}
		return change(ctx, tx)
	})
	if errors.Is(err, errLeaseLost) {
		return errLeaseLost
	}
	return err
}

// save writes a migration's row.
func (l *lease) save(ctx context.Context, r Record) error {
	err := l.fenced(ctx, func(_ context.Context, tx *spanner.ReadWriteTransaction) error { return write(tx, recordsTable, &r) })
	if err != nil {
		return fmt.Errorf("record %s as %s: %w", r.Name, r.State, err)
	}
	return nil
}

// renew keeps the lease until ctx ends, or reports it lost: another has it, or it may have,
// since renewing failed for as long as it lasts.
func (l *lease) renew(ctx context.Context, lost context.CancelCauseFunc) {
	ticker := time.NewTicker(l.duration / 4)
	defer ticker.Stop()
	for renewed := time.Now(); ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		begun := time.Now()
		attempt, cancel := context.WithDeadline(ctx, renewed.Add(l.duration))
		err := l.extend(attempt)
		cancel()
		switch {
		case err == nil:
			renewed = begun
		case errors.Is(err, errLeaseLost) || time.Since(renewed) >= l.duration:
			lost(errLeaseLost)
			return
		}
	}
}

func (l *lease) extend(ctx context.Context) error {
	return l.fenced(ctx, func(ctx context.Context, tx *spanner.ReadWriteTransaction) error {
		time, err := now(ctx, tx)
		if err != nil {
			return err
		}
		row := l.row
		row.ExpireTime = time.Add(l.duration)
		return write(tx, leaseTable, &row)
	})
}

// releaseSeconds bounds giving the lease back, even when the run was cancelled.
const releaseSeconds = 5

// release gives the lease back. If it fails, the lease lapses.
func (l *lease) release(ctx context.Context) error {
	l.stop()
	l.renewing.Wait()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseSeconds*time.Second)
	defer cancel()
	err := l.fenced(ctx, func(_ context.Context, tx *spanner.ReadWriteTransaction) error {
		row := l.row
		row.LeaseId = ""
		return write(tx, leaseTable, &row)
	})
	if err != nil && !errors.Is(err, errLeaseLost) {
		return fmt.Errorf("give back the lease of %s, which lapses by itself: %w", l.database.Name, err)
	}
	return nil
}
