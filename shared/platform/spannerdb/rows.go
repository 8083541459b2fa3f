package spannerdb

import (
	"time"

	"cloud.google.com/go/spanner"
)

// Each calls use with every row, and gives the error of reading its meaning; that of use is
// passed on as it is.
func Each(rows *spanner.RowIterator, use func(*spanner.Row) error) error {
	var failed error
	err := rows.Do(func(row *spanner.Row) error {
		failed = use(row)
		return failed
	})
	if failed != nil {
		return failed
	}
	return Fault(err)
}

// Text is NULL where a model has no text.
func Text(s string) spanner.NullString { return spanner.NullString{StringVal: s, Valid: s != ""} }

// Instant is NULL where a model has the zero time.
func Instant(t time.Time) spanner.NullTime { return spanner.NullTime{Time: t, Valid: !t.IsZero()} }
