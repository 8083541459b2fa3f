package server

import (
	"time"

	"github.com/kwipper/kwipper/emulators/spanner/internal/rows"
	"github.com/kwipper/kwipper/emulators/spanner/internal/store"
)

// collectSlack is how much longer versions are kept than they can be asked
// for, so that a read that has begun can be finished.
const collectSlack = store.Timestamp(10 * time.Minute / time.Microsecond)

// earliest returns the time from which on old versions can be read. A longer
// retention period does not bring back what a shorter one has given up.
func (db *database) earliest(now store.Timestamp) store.Timestamp {
	db.mu.Lock()
	defer db.mu.Unlock()
	var out store.Timestamp
	for i, version := range db.versions {
		until := now
		if i+1 < len(db.versions) {
			until = min(now, db.versions[i+1].from)
		}
		out = max(out, until-store.Timestamp(version.layout.Catalog().Retention().Microseconds()))
	}
	return out
}

// retention returns version_retention_period as it was declared.
func (db *database) retention() string {
	if text := db.layout().Catalog().DeclaredRetention(); text != "" {
		return text
	}
	return "1h"
}

// readable says whether a snapshot at ts can be read. One from before the
// database was made has its first tables, empty.
func (db *database) readable(ts, now store.Timestamp) error {
	if oldest := db.earliest(now); ts < oldest {
		return failed("Read timestamp %s is too old: versions are kept since %s.", ts.Time().Format(time.RFC3339Nano), oldest.Time().Format(time.RFC3339Nano))
	}
	return nil
}

// Collect removes the versions of rows, and the rows of dropped tables and
// indexes, that no snapshot can see any more.
func (s *Server) Collect() error {
	s.mu.Lock()
	all := make([]*database, 0, len(s.databases))
	for _, db := range s.databases {
		all = append(all, db)
	}
	s.mu.Unlock()
	now := store.Timestamp(s.opts.Now().UnixMicro())
	for _, db := range all {
		kept := db.earliest(now) - collectSlack
		if err := s.collectDropped(db, kept); err != nil {
			return err
		}
		if err := s.store.Collect(rows.DatabasePrefix(db.record.Number), kept); err != nil {
			return err
		}
	}
	return s.store.ForgetOutcomes(outcomesUntil(0), outcomesUntil(now-keepOutcomes))
}
