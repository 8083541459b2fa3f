package query

import (
	"container/heap"
	"slices"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// sortKey is one item of ORDER BY.
type sortKey struct {
	e    expr
	desc bool
}

// sortNode is ORDER BY where no key or index gives the order; with a LIMIT it
// keeps only so many rows.
type sortNode struct {
	input node
	keys  []sortKey
	keep  []int
	limit *limits
}

func (s *sortNode) inputs() []node { return []node{s.input} }
func (s *sortNode) writes() []int  { return s.input.writes() }

type sortedRow struct {
	keys []value.Value
	row  []value.Value
	seq  int
}

type sortHeap struct {
	rows []sortedRow
	keys []sortKey
}

func (h *sortHeap) compare(a, b sortedRow) int { return compareRows(h.keys, a, b) }

// compareRows compares by the keys, and rows that they leave equal by their number.
func compareRows(keys []sortKey, a, b sortedRow) int {
	for i, k := range keys {
		c := value.Compare(a.keys[i], b.keys[i])
		if k.desc {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return a.seq - b.seq
}

// The heap has the last row on top.
func (h *sortHeap) Len() int           { return len(h.rows) }
func (h *sortHeap) Less(i, j int) bool { return h.compare(h.rows[i], h.rows[j]) > 0 }
func (h *sortHeap) Swap(i, j int)      { h.rows[i], h.rows[j] = h.rows[j], h.rows[i] }
func (h *sortHeap) Push(x any)         { h.rows = append(h.rows, x.(sortedRow)) }
func (h *sortHeap) Pop() any {
	last := h.rows[len(h.rows)-1]
	h.rows = h.rows[:len(h.rows)-1]
	return last
}

func (s *sortNode) open(e *env) (steps, error) {
	most := -1
	if s.limit != nil {
		count, offset, err := s.limit.eval(e)
		if err != nil {
			return nil, err
		}
		if count < 1<<20 && offset < 1<<20 {
			most = int(count + offset)
		}
	}
	in, err := s.input.open(e)
	if err != nil {
		return nil, err
	}
	defer in.close()
	h := &sortHeap{keys: s.keys}
	for seq := 0; ; seq++ {
		ok, err := in.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		if err := s.collect(e, h, seq, most); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(h.rows, h.compare)
	return &sortedSteps{e: e, rows: h.rows, slots: s.keep}, nil
}

func (s *sortNode) collect(e *env, h *sortHeap, seq, most int) error {
	if err := e.step(); err != nil {
		return err
	}
	r := sortedRow{keys: make([]value.Value, len(s.keys)), seq: seq}
	for i, k := range s.keys {
		v, err := k.e.eval(e)
		if err != nil {
			return err
		}
		r.keys[i] = v
	}
	full := most >= 0 && len(h.rows) >= most
	if full && (most == 0 || h.compare(r, h.rows[0]) >= 0) {
		return nil
	}
	r.row = make([]value.Value, len(s.keep))
	for i, slot := range s.keep {
		r.row[i] = e.slots[slot]
	}
	switch {
	case full:
		for _, v := range slices.Concat(h.rows[0].keys, h.rows[0].row) {
			e.held -= v.Size()
		}
		e.held -= 2 * rowBytes
		h.rows[0] = r
		heap.Fix(h, 0)
	case most >= 0:
		heap.Push(h, r)
	default:
		h.rows = append(h.rows, r)
	}
	if err := e.hold("Sort", r.keys); err != nil {
		return err
	}
	return e.hold("Sort", r.row)
}

type sortedSteps struct {
	e     *env
	rows  []sortedRow
	slots []int
	at    int
}

func (s *sortedSteps) close() {}
func (s *sortedSteps) next() (bool, error) {
	if s.at >= len(s.rows) {
		return false, nil
	}
	for i, slot := range s.slots {
		s.e.slots[slot] = s.rows[s.at].row[i]
	}
	s.at++
	return true, nil
}
