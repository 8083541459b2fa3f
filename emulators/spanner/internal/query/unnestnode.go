package query

import (
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// unnestNode makes a row of each element of an array. A NULL array has none.
type unnestNode struct {
	array  expr
	self   int
	fields []int // slots of the fields of a STRUCT element
	offset int   // slot, or -1
}

func (u *unnestNode) inputs() []node { return nil }
func (u *unnestNode) writes() []int {
	out := append([]int{u.self}, u.fields...)
	if u.offset >= 0 {
		out = append(out, u.offset)
	}
	return out
}

func (u *unnestNode) open(e *env) (steps, error) {
	v, err := u.array.eval(e)
	return &unnestSteps{e: e, u: u, elems: v.Elems()}, err
}

type unnestSteps struct {
	e     *env
	u     *unnestNode
	elems []value.Value
	at    int
}

func (s *unnestSteps) close() {}
func (s *unnestSteps) next() (bool, error) {
	if s.at >= len(s.elems) {
		return false, nil
	}
	v := s.elems[s.at]
	s.e.slots[s.u.self] = v
	for i, slot := range s.u.fields {
		s.e.slots[slot] = value.Null()
		if !v.IsNull() {
			s.e.slots[slot] = v.Elems()[i]
		}
	}
	if s.u.offset >= 0 {
		s.e.slots[s.u.offset] = value.Int64(int64(s.at))
	}
	s.at++
	return true, nil
}
