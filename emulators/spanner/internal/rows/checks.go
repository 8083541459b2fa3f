package rows

import (
	"context"
	"time"

	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// deferChecks notes the check constraints that a row breaks, unless it is
// written again or deleted before the end.
func (tx *Tx) deferChecks(tl *tableLayout, row []value.Value) {
	for _, c := range tl.checks {
		if c.verify(tx.now, tl.table, row) == nil {
			continue
		}
		key := keyValues(tl.table.Key, row)
		tx.deferred = append(tx.deferred, func(ctx context.Context) error {
			last, found, err := tx.View.Get(ctx, tl.table, key, nil)
			if err != nil || !found {
				return err
			}
			return c.verify(tx.now, tl.table, last)
		})
	}
}

// computes says whether a column that is no key has values that nobody gives.
func (tl *tableLayout) computes(col *schema.Column) bool {
	_, filled := tl.defaults[col.Ordinal]
	return (filled || col.Generated != nil) && !tl.table.IsKey(col.Ordinal)
}

// deferNotNull notes that a computed column of a row is NULL though it must not
// be, unless the row is written again or deleted before the end.
func (tx *Tx) deferNotNull(tl *tableLayout, col *schema.Column, row []value.Value) {
	key := keyValues(tl.table.Key, row)
	tx.deferred = append(tx.deferred, func(ctx context.Context) error {
		last, found, err := tx.View.Get(ctx, tl.table, key, nil)
		if err == nil && found && last[col.Ordinal].IsNull() {
			err = failed("Cannot specify a null value for column: %s.%s in table: %s", tl.table.Name, col.Name, tl.table.Name)
		}
		return err
	})
}

// verify checks one row.
func (c checkConstraint) verify(now time.Time, t *schema.Table, row []value.Value) error {
	holds, err := c.eval(now, row)
	if err == nil && !holds.IsNull() && !holds.AsBool() {
		err = outOfRange("Check constraint `%s`.`%s` is violated for key %s", t.Name, c.check.Name, keyText(t.Key, row))
	}
	return err
}
