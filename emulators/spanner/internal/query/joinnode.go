package query

import (
	"slices"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// loopJoin runs its right side anew for each row of the left, which the right
// side reads: a lookup by key, an UNNEST, or, if kept, rows read once.
type loopJoin struct {
	left, right node
	conds       []expr // beyond what the right side checks itself
	outer       bool   // LEFT JOIN
	kept        bool   // the right side does not depend on the left
	full        bool   // FULL JOIN; kept too
	merge       []mergedColumn
}

func (j *loopJoin) inputs() []node { return []node{j.left, j.right} }
func (j *loopJoin) writes() []int {
	out := append(slices.Clone(j.left.writes()), j.right.writes()...)
	for _, m := range j.merge {
		out = append(out, m.slot)
	}
	return out
}

func (j *loopJoin) open(e *env) (steps, error) {
	left, err := j.left.open(e)
	return &loopSteps{e: e, j: j, left: left, rightSlots: j.right.writes()}, err
}

type loopSteps struct {
	e          *env
	j          *loopJoin
	left       steps
	right      steps // nil between rows of the left
	rightSlots []int
	saved      *savedRows
	used       []bool // rows of the right that found a match, for FULL JOIN
	matched    bool
	leftDone   bool
	rest       int
}

func (s *loopSteps) close() {
	s.left.close()
	if s.right != nil {
		s.right.close()
	}
}

func (s *loopSteps) next() (bool, error) {
	for !s.leftDone {
		if s.right == nil {
			ok, err := s.left.next()
			if err != nil {
				return false, err
			}
			if !ok {
				s.leftDone = true
				break
			}
			if s.right, err = s.openRight(); err != nil {
				s.right = nil
				return false, err
			}
			s.matched = false
		}
		ok, err := s.nextMatch()
		if ok || err != nil {
			return ok, err
		}
		s.right.close()
		s.right = nil
		if s.j.outer && !s.matched {
			setNull(s.e, s.rightSlots)
			s.mergeColumns()
			return true, nil
		}
	}
	return s.unmatchedRight()
}

// nextMatch moves the right side to the next row that fits the row of the left.
func (s *loopSteps) nextMatch() (bool, error) {
	for {
		ok, err := s.right.next()
		if err != nil || !ok {
			return false, err
		}
		if err := s.e.step(); err != nil {
			return false, err
		}
		fits, err := allTrue(s.e, s.j.conds)
		if err != nil {
			return false, err
		}
		if fits {
			s.matched = true
			if s.used != nil {
				s.used[s.right.(*savedSteps).at-1] = true
			}
			s.mergeColumns()
			return true, nil
		}
	}
}

func (s *loopSteps) openRight() (steps, error) {
	if !s.j.kept {
		return s.j.right.open(s.e)
	}
	if s.saved == nil {
		saved, err := saveAll(s.e, "Nested Loop Join", s.j.right, s.rightSlots)
		if err != nil {
			return nil, err
		}
		s.saved = saved
		if s.j.full {
			s.used = make([]bool, len(saved.rows))
		}
	}
	return &savedSteps{e: s.e, rows: s.saved}, nil
}

func (s *loopSteps) mergeColumns() {
	for _, m := range s.j.merge {
		v := s.e.slots[m.left]
		if v.IsNull() {
			v = s.e.slots[m.right]
		}
		s.e.slots[m.slot] = v
	}
}

// unmatchedRight returns, for FULL JOIN, the rows of the right that nothing matched.
func (s *loopSteps) unmatchedRight() (bool, error) {
	if !s.j.full {
		return false, nil
	}
	if s.saved == nil { // the left was empty
		right, err := s.openRight()
		if err != nil {
			return false, err
		}
		right.close()
	}
	for ; s.rest < len(s.saved.rows); s.rest++ {
		if !s.used[s.rest] {
			setNull(s.e, s.j.left.writes())
			s.saved.restore(s.e, s.rest)
			s.mergeColumns()
			s.rest++
			return true, nil
		}
	}
	return false, nil
}

// savedSteps runs over saved rows.
type savedSteps struct {
	e    *env
	rows *savedRows
	at   int
}

func (s *savedSteps) close() {}
func (s *savedSteps) next() (bool, error) {
	if s.at >= len(s.rows.rows) {
		return false, nil
	}
	s.rows.restore(s.e, s.at)
	s.at++
	return true, nil
}

// hashJoin reads its right side once, into a table by the values of rightKeys,
// and looks each row of the left up in it.
type hashJoin struct {
	left, right         node
	leftKeys, rightKeys []expr
	conds               []expr
	outer               bool
}

func (j *hashJoin) inputs() []node { return []node{j.left, j.right} }
func (j *hashJoin) writes() []int {
	return append(slices.Clone(j.left.writes()), j.right.writes()...)
}

func (j *hashJoin) open(e *env) (steps, error) {
	left, err := j.left.open(e)
	return &hashSteps{e: e, j: j, left: left, slots: j.right.writes()}, err
}

type hashSteps struct {
	e       *env
	j       *hashJoin
	left    steps
	slots   []int
	saved   *savedRows
	table   map[string][]int
	bucket  []int
	active  bool // a row of the left is current
	matched bool
	key     []byte
}

func (s *hashSteps) close() { s.left.close() }

func (s *hashSteps) next() (bool, error) {
	for {
		if !s.active {
			ok, err := s.left.next()
			if err != nil || !ok {
				return false, err
			}
			if err := s.probe(); err != nil {
				return false, err
			}
			s.active, s.matched = true, false
		}
		for len(s.bucket) > 0 {
			if err := s.e.step(); err != nil {
				return false, err
			}
			s.saved.restore(s.e, s.bucket[0])
			s.bucket = s.bucket[1:]
			ok, err := allTrue(s.e, s.j.conds)
			if err != nil {
				return false, err
			}
			if ok {
				s.matched = true
				return true, nil
			}
		}
		s.active = false
		if s.j.outer && !s.matched {
			setNull(s.e, s.slots)
			return true, nil
		}
		if err := s.e.step(); err != nil {
			return false, err
		}
	}
}

// probe finds the rows of the right for the current row of the left.
func (s *hashSteps) probe() error {
	if s.table == nil {
		if err := s.build(); err != nil {
			return err
		}
	}
	key, ok, err := joinKey(s.e, s.j.leftKeys, s.key[:0])
	s.key, s.bucket = key, nil
	if ok {
		s.bucket = s.table[string(key)]
	}
	return err
}

func (s *hashSteps) build() error {
	in, err := s.j.right.open(s.e)
	if err != nil {
		return err
	}
	defer in.close()
	// The row of the left stays as it is: the right side writes only its own slots.
	s.saved, s.table = &savedRows{operator: "Hash Join", slots: s.slots}, map[string][]int{}
	for {
		ok, err := in.next()
		if err != nil || !ok {
			return err
		}
		key, ok, err := joinKey(s.e, s.j.rightKeys, s.key[:0])
		s.key = key
		if err != nil {
			return err
		}
		if !ok {
			continue // NULL equals nothing
		}
		if err := s.saved.add(s.e); err != nil {
			return err
		}
		if err := s.e.holdBytes("Hash Join", len(key)+rowBytes); err != nil {
			return err
		}
		s.table[string(key)] = append(s.table[string(key)], len(s.saved.rows)-1)
	}
}

// joinKey encodes the values that must be equal; false if one is NULL or NaN.
func joinKey(e *env, keys []expr, dst []byte) ([]byte, bool, error) {
	for _, k := range keys {
		v, err := k.eval(e)
		if err != nil || v.IsNull() || v.IsNaN() {
			return dst, false, err
		}
		dst = value.AppendKey(dst, v, false)
	}
	return dst, true, nil
}
