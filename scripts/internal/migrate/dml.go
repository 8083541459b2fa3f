package migrate

import (
	"context"
	"fmt"

	"cloud.google.com/go/spanner"
)

// dml runs the statements that are left, each over all rows in transactions of Spanner's own
// choice, and counts them one by one.
func (r *Runner) dml(ctx context.Context, l *lease, s Step, record *Record) error {
	record.State, record.Error = string(Running), ""
	for i := int(record.StatementsDone); i < len(s.Statements); i++ {
		record.StatementsDone = int64(i)
		if err := l.save(ctx, *record); err != nil {
			return err
		}
		rows, err := l.database.Data.PartitionedUpdate(ctx, spanner.NewStatement(s.Statements[i]))
		if err != nil {
			if refused(err) {
				return r.fail(ctx, l, *record, s.Statements[i], err)
			}
			return fmt.Errorf("statement %d is to be repeated: %w", i+1, err)
		}
		r.say(l.database, "%s: statement %d of %d changed at least %s", s.Name, i+1, len(s.Statements), count(int(rows), "row"))
	}
	return nil
}
