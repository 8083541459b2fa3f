package server

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync"

	"github.com/kwipper/kwipper/emulators/spanner/internal/query"
	"github.com/kwipper/kwipper/emulators/spanner/internal/rows"
	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/store"
)

// sequenceMeta is what the keys of stored counts begin with.
const sequenceMeta = "sequence/"

// reserve is how many counts are taken from the store at once. What is left of
// them when the process ends is never handed out, as it is with the service.
const reserve = 1000

// maxSkips is how many skipped numbers in a row make a sequence exhausted.
const maxSkips = 1_000_000

// counters count for the sequences of one database. What they hand out does not
// depend on transactions: a rollback returns nothing.
type counters struct {
	store  *store.Store
	prefix string

	mu     sync.Mutex
	counts map[uint32]*count // by number of the counter
}

// count is one counter: the next count, and the first one not reserved.
type count struct{ next, reserved int64 }

func (s *Server) newCounters(database uint32) *counters {
	return &counters{store: s.store, prefix: fmt.Sprintf("%s%d/", sequenceMeta, database), counts: map[uint32]*count{}}
}

func (c *counters) key(counter uint32) string { return fmt.Sprintf("%s%d", c.prefix, counter) }

// count returns the counter of a sequence, from the store if need be; nil if no
// number was drawn yet.
func (c *counters) count(q *schema.Sequence) (*count, error) {
	if at := c.counts[q.Counter]; at != nil {
		return at, nil
	}
	stored, ok, err := c.store.Meta(c.key(q.Counter))
	if err != nil || !ok {
		return nil, err
	}
	if len(stored) != 8 {
		return nil, fmt.Errorf("stored count of sequence %s has %d bytes, not 8", q.Name, len(stored))
	}
	n := int64(binary.BigEndian.Uint64(stored))
	c.counts[q.Counter] = &count{next: n, reserved: n}
	return c.counts[q.Counter], nil
}

// Next implements query.Counters.
func (c *counters) Next(q *schema.Sequence) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, err := c.count(q)
	if err != nil {
		return 0, err
	}
	if at == nil {
		at = &count{next: q.First(), reserved: q.First()}
		c.counts[q.Counter] = at
	}
	for range maxSkips {
		if at.next == math.MaxInt64 {
			break
		}
		if at.next == at.reserved {
			if err := c.reserve(q, at); err != nil {
				return 0, err
			}
		}
		at.next++
		if n := query.BitReverse(at.next-1, true); !q.Skips(n) {
			return n, nil
		}
	}
	return 0, failed("Sequence %s is exhausted", q.Name)
}

// reserve makes sure that the next counts are not handed out after a restart.
func (c *counters) reserve(q *schema.Sequence, at *count) error {
	upTo := at.next + min(reserve, math.MaxInt64-at.next)
	if err := c.store.SetMeta(c.key(q.Counter), binary.BigEndian.AppendUint64(nil, uint64(upTo))); err != nil {
		return err
	}
	at.reserved = upTo
	return nil
}

// State implements query.Counters.
func (c *counters) State(q *schema.Sequence) (int64, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, err := c.count(q)
	if at == nil || err != nil {
		return 0, false
	}
	return at.next, true
}

// newLayout returns the layout of a version of the schema.
func (db *database) newLayout(catalog *schema.Catalog) *rows.Layout {
	return rows.NewLayout(db.record.Number, catalog, query.Evaluator{Catalog: catalog, Counters: db.counters})
}

// removeCounters forgets the counts of a database that is dropped.
func (s *Server) removeCounters(db *database) error {
	var keys []string
	err := s.store.EachMeta(db.counters.prefix, func(key string, _ []byte) error {
		keys = append(keys, key)
		return nil
	})
	for _, key := range keys {
		if err == nil {
			err = s.store.SetMeta(key, nil)
		}
	}
	return err
}
