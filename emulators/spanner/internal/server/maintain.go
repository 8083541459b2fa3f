package server

import (
	"encoding/binary"
	"io"
	"slices"
	"time"

	"github.com/kwipper/kwipper/emulators/spanner/internal/store"
)

// OpenTransactions counts the read-write transactions neither committed nor
// rolled back.
func (s *Server) OpenTransactions() int { return s.store.OpenTransactions() }

// keepOutcomes is for how long after a transaction began its client can ask for its outcome.
const keepOutcomes = store.Timestamp(24 * time.Hour / time.Microsecond)

// outcomesUntil bounds the ids of transactions that began before a time.
func outcomesUntil(ts store.Timestamp) []byte {
	return binary.BigEndian.AppendUint64([]byte{readWriteID}, uint64(ts))
}

func (s *Server) collectDropped(db *database, kept store.Timestamp) error {
	db.ddl.Lock()
	defer db.ddl.Unlock()
	record := db.record
	var left []erasedRecord
	for _, dropped := range record.Erased {
		if dropped.At >= kept {
			left = append(left, dropped)
			continue
		}
		if err := s.store.Erase(db.layout().Prefix(dropped.ID)); err != nil {
			return err
		}
	}
	if len(left) == len(record.Erased) {
		return nil
	}
	record.Erased = left
	if err := s.saveJSON(databaseMeta+db.name, record); err != nil {
		return err
	}
	db.record = record
	return nil
}

// Dump writes all databases, as they are now.
func (s *Server) Dump(w io.Writer) error {
	unlock := s.freeze()
	defer unlock()
	return s.store.Dump(w)
}

// Restore replaces all databases by what Dump wrote. Open transactions abort.
func (s *Server) Restore(r io.Reader) error {
	return s.replace(func() error { return s.store.Restore(r) })
}

// Reset removes everything: rows, databases and instances.
func (s *Server) Reset() error { return s.replace(s.store.Clear) }

// replace carries out a change of everything in the store. Commits that come
// too late are told to try again, and then find what is there now.
func (s *Server) replace(change func() error) error {
	unlock := s.freeze()
	defer unlock()
	if err := change(); err != nil {
		return err
	}
	s.mu.Lock()
	for _, db := range s.databases {
		db.gone = aborted()
	}
	s.mu.Unlock()
	return s.load()
}

// freeze keeps schemas from changing until what it returns is called.
func (s *Server) freeze() (unlock func()) {
	s.mu.Lock()
	all := make([]*database, 0, len(s.databases))
	for _, db := range s.databases {
		all = append(all, db)
	}
	s.mu.Unlock()
	for _, db := range all {
		db.ddl.Lock()
		db.commits.Lock()
	}
	return func() {
		for _, db := range slices.Backward(all) {
			db.commits.Unlock()
			db.ddl.Unlock()
		}
	}
}
