package stripe

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kwipper/kwipper/emulators/journal"
)

// How long Stripe keeps answers to idempotency keys, and events.
const (
	answerRetention = 24 * time.Hour
	eventRetention  = 30 * 24 * time.Hour
)

// maxEvents is the number of delivered events kept, so that load tests fit in memory.
const maxEvents = 10_000

const objectPrefix = "object/"

// store holds all objects in memory and in the journal.
type store struct {
	journal *journal.Store
	now     func() time.Time

	mu      sync.Mutex
	objects map[string]object
	ids     map[string][]string // of each kind in the order of creation
	waiting map[string]object   // deliveries and timers by id
	lastSeq int64
	// undelivered counts the deliveries that each event waits for.
	undelivered map[string]int

	written atomic.Int64 // commits handed to the journal
	durable atomic.Int64 // commits known to be on disk
	// committed is told of new deliveries and timers, under mu.
	committed func([]object)
}

func openStore(dir string, now func() time.Time) (*store, error) {
	j, err := journal.Open(dir)
	if err != nil {
		return nil, err
	}
	s := &store{journal: j, now: now, committed: func([]object) {}}
	if err := s.load(); err != nil {
		_ = j.Close()
		return nil, err
	}
	return s, nil
}

// load rebuilds the memory from the journal. The caller holds mu, or is alone.
func (s *store) load() error {
	s.objects, s.ids, s.lastSeq = map[string]object{}, map[string][]string{}, 0
	s.waiting, s.undelivered = map[string]object{}, map[string]int{}
	return s.journal.Scan(objectPrefix, func(key string, value []byte) error {
		// Keys end in the sequence number, so that a scan of a kind is in order.
		kind, _, _ := strings.Cut(strings.TrimPrefix(key, objectPrefix), "/")
		blank, ok := blanks[kind]
		if !ok {
			return fmt.Errorf("journal key %q: unknown kind", key)
		}
		o := blank()
		if err := json.Unmarshal(value, o); err != nil {
			return fmt.Errorf("journal key %q: %w", key, err)
		}
		s.keep(o)
		s.lastSeq = max(s.lastSeq, o.head().Seq)
		return nil
	})
}

func objectKey(h *header) string {
	return fmt.Sprintf("%s%s/%019d", objectPrefix, h.Object, h.Seq)
}

// update runs f in a transaction and returns when its changes are durable. If f fails
// nothing changes.
func (s *store) update(f func(*transaction) error) error {
	s.mu.Lock()
	tx := &transaction{store: s, writes: map[string]object{}}
	err := f(tx)
	if err == nil {
		err = s.commit(tx)
	}
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return s.settle()
}

// view runs f on what is committed, on disk or not yet. Its changes are dropped.
func (s *store) view(f func(*transaction)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(&transaction{store: s, writes: map[string]object{}})
}

func (s *store) commit(tx *transaction) error {
	s.forget(tx)
	if len(tx.order) == 0 {
		return nil
	}
	changes := make([]journal.Change, 0, len(tx.order))
	for _, id := range tx.order {
		o := tx.writes[id]
		if o == nil {
			if old, ok := s.objects[id]; ok {
				changes = append(changes, journal.Remove(objectKey(old.head())))
			}
			continue
		}
		if old, known := s.objects[id]; known {
			o.head().Seq = old.head().Seq
		} else if o.head().Seq == 0 {
			s.lastSeq++
			o.head().Seq = s.lastSeq
		}
		value, err := json.Marshal(o)
		if err != nil {
			return fmt.Errorf("store %s: %w", id, err)
		}
		changes = append(changes, journal.Put(objectKey(o.head()), value))
	}
	if err := s.journal.WriteLazily(changes...); err != nil {
		return err
	}
	s.written.Add(1)
	s.apply(tx)
	return nil
}

func (s *store) apply(tx *transaction) {
	var changed []object
	for _, id := range tx.order {
		o := tx.writes[id]
		if o == nil {
			s.drop(id)
			continue
		}
		if s.keep(o) {
			changed = append(changed, o)
		}
	}
	if len(changed) > 0 {
		s.committed(changed)
	}
}

// keep puts o into the maps and reports whether it waits for its time.
func (s *store) keep(o object) bool {
	h := o.head()
	_, known := s.objects[h.ID]
	s.objects[h.ID] = o
	if h.Object == kindDelivery || h.Object == kindTimer {
		s.waiting[h.ID] = o
		if d, ok := o.(*delivery); ok && !known {
			s.undelivered[d.Event]++
		}
		return true
	}
	if !known {
		s.ids[h.Object] = append(s.ids[h.Object], h.ID)
	}
	return false
}

func (s *store) drop(id string) {
	if d, ok := s.objects[id].(*delivery); ok {
		if s.undelivered[d.Event]--; s.undelivered[d.Event] == 0 {
			delete(s.undelivered, d.Event)
		}
	}
	delete(s.objects, id)
	delete(s.waiting, id)
}

// forget drops what Stripe would have forgotten by now, and events beyond maxEvents.
func (s *store) forget(tx *transaction) {
	now := s.now()
	s.trim(tx, kindAnswer, func(h *header) bool {
		return h.Created <= now.Add(-answerRetention).Unix()
	})
	s.trim(tx, kindEvent, func(h *header) bool {
		old := h.Created <= now.Add(-eventRetention).Unix()
		return old || len(s.ids[kindEvent]) > maxEvents && s.undelivered[h.ID] == 0
	})
}

// trim removes the oldest objects of a kind while they are to be forgotten.
func (s *store) trim(tx *transaction, kind string, forgotten func(*header) bool) {
	for len(s.ids[kind]) > 0 {
		id := s.ids[kind][0]
		if o, ok := s.objects[id]; ok {
			if _, rewritten := tx.writes[id]; rewritten || !forgotten(o.head()) {
				return
			}
			tx.remove(id)
		}
		s.ids[kind] = s.ids[kind][1:]
	}
}

// settle waits until all that was committed so far is on disk. Callers that arrive
// together share one sync of the journal.
func (s *store) settle() error {
	upTo := s.written.Load()
	if s.durable.Load() >= upTo {
		return nil
	}
	if err := s.journal.Write(journal.Put("synced", nil)); err != nil {
		return err
	}
	for {
		known := s.durable.Load()
		if known >= upTo || s.durable.CompareAndSwap(known, upTo) {
			return nil
		}
	}
}

// export writes all objects; replace reads them back; clear removes them. The last two
// call reloaded before anything else happens.
func (s *store) export(w io.Writer) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.journal.Export(w)
}

func (s *store) replace(r io.Reader, reloaded func(*store)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.journal.Import(r); err != nil {
		return err
	}
	if err := s.load(); err != nil {
		return err
	}
	reloaded(s)
	return nil
}

func (s *store) clear(reloaded func(*store)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.journal.Clear(); err != nil {
		return err
	}
	if err := s.load(); err != nil {
		return err
	}
	reloaded(s)
	return nil
}
