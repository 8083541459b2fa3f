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

// verify checks one row.
func (c checkConstraint) verify(now time.Time, t *schema.Table, row []value.Value) error {
	holds, err := c.eval(now, row)
	if err == nil && !holds.IsNull() && !holds.AsBool() {
		err = outOfRange("Check constraint `%s`.`%s` is violated for key %s", t.Name, c.check.Name, keyText(t.Key, row))
	}
	return err
}
