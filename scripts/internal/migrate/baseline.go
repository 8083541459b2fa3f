package migrate

import (
	"context"
	"fmt"
	"time"

	"cloud.google.com/go/spanner"
)

// Baseline records the migrations up to a version as there already: of a database that was
// made by other means, or where one that failed was finished by hand. It changes nothing else.
func (r *Runner) Baseline(ctx context.Context, d *Database, version int) error {
	if version < 1 || version > len(d.Migrations) {
		return fmt.Errorf("%s has migrations 1 to %d, and no %d", d.id(), len(d.Migrations), version)
	}
	f, err := d.look(ctx)
	if err != nil {
		return err
	}
	if !f.schema {
		return fmt.Errorf("%s is empty: apply makes all of it", d.id())
	}
	f.lease = nil
	return r.leased(ctx, d, f, func(ctx context.Context, l *lease) error {
		f, err := d.look(ctx)
		if err != nil {
			return err
		}
		done := map[int64]bool{}
		for _, record := range f.records {
			done[record.Version] = record.done()
		}
		for _, m := range d.Migrations[:version] {
			if done[int64(m.Version)] {
				continue
			}
			record := Record{
				Version: int64(m.Version), Name: m.Name, Checksum: m.Checksum, State: string(Baseline), StatementsDone: int64(len(m.Statements)),
				Holder: r.Holder, StartTime: time.Now(), FinishTime: spanner.NullTime{Time: time.Now(), Valid: true},
			}
			if err := l.save(ctx, record); err != nil {
				return err
			}
			r.say(d, "%s: taken as there", m.Name)
		}
		return nil
	})
}
