package query

import (
	"container/heap"
	"slices"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// mergeNode reads a table or index in an order that each range of its scan has by
// itself, as for
//
//	WHERE a IN (1, 2) ORDER BY b LIMIT 10
//
// over a key (a, b): the ranges are read side by side, always the one whose next
// row is first. It reads one row of each range, and one more for each that it returns.
type mergeNode struct {
	scan *scanNode
	keys []sortKey
}

// maxMergedRanges bounds how many ranges are read side by side; more are read
// one after the other and sorted.
const maxMergedRanges = 1000

func (m *mergeNode) inputs() []node { return []node{m.scan} }
func (m *mergeNode) writes() []int  { return m.scan.writes() }

func (m *mergeNode) open(e *env) (steps, error) {
	ranges, err := m.scan.rawRanges(e)
	if err != nil {
		return nil, err
	}
	ranges = distinctRanges(ranges)
	if len(ranges) <= 1 {
		return m.scan.open(e)
	}
	if len(ranges) > maxMergedRanges {
		return (&sortNode{input: m.scan, keys: m.keys, keep: m.scan.slots}).open(e)
	}
	s := &mergeSteps{e: e, m: m, runs: runHeap{keys: m.keys}}
	for i, r := range ranges {
		if err := s.advance(&run{in: m.scan.over(e, []KeyRange{r}), at: sortedRow{seq: i}}); err != nil {
			s.close()
			return nil, err
		}
	}
	return s, nil
}

// distinctRanges drops equal ranges; others of one key prefix do not overlap.
func distinctRanges(ranges []KeyRange) []KeyRange {
	slices.SortFunc(ranges, func(a, b KeyRange) int { return slices.Compare(a.Start, b.Start) })
	return slices.CompactFunc(ranges, func(a, b KeyRange) bool { return slices.Equal(a.Start, b.Start) })
}

// run is one of the ranges under way.
type run struct {
	in *scanSteps
	at sortedRow // the next row
}

type runHeap struct {
	list []*run
	keys []sortKey
}

func (h *runHeap) Len() int           { return len(h.list) }
func (h *runHeap) Less(i, j int) bool { return compareRows(h.keys, h.list[i].at, h.list[j].at) < 0 }
func (h *runHeap) Swap(i, j int)      { h.list[i], h.list[j] = h.list[j], h.list[i] }
func (h *runHeap) Push(x any)         { h.list = append(h.list, x.(*run)) }
func (h *runHeap) Pop() any {
	last := h.list[len(h.list)-1]
	h.list = h.list[:len(h.list)-1]
	return last
}

type mergeSteps struct {
	e    *env
	m    *mergeNode
	runs runHeap
	last *run // gave the current row
}

func (s *mergeSteps) close() {
	for _, r := range s.runs.list {
		r.in.close()
	}
	if s.last != nil {
		s.last.in.close()
	}
}

// advance reads the next row of a run and puts it back among the others, or
// closes it at its end.
func (s *mergeSteps) advance(r *run) error {
	ok, err := r.in.next()
	if err != nil || !ok {
		r.in.close()
		return err
	}
	r.at.keys = make([]value.Value, len(s.m.keys))
	for i, k := range s.m.keys {
		if r.at.keys[i], err = k.e.eval(s.e); err != nil {
			return err
		}
	}
	r.at.row = make([]value.Value, len(s.m.scan.slots))
	for i, slot := range s.m.scan.slots {
		r.at.row[i] = s.e.slots[slot]
	}
	heap.Push(&s.runs, r)
	return nil
}

func (s *mergeSteps) next() (bool, error) {
	if last := s.last; last != nil {
		s.last = nil
		if err := s.advance(last); err != nil {
			return false, err
		}
	}
	if len(s.runs.list) == 0 {
		return false, nil
	}
	s.last = heap.Pop(&s.runs).(*run)
	for i, slot := range s.m.scan.slots {
		s.e.slots[slot] = s.last.at.row[i]
	}
	return true, nil
}
