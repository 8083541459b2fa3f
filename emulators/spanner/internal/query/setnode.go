package query

import (
	"slices"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// unionNode is UNION ALL: the rows of each input after the other, in slots of its own.
type unionNode struct {
	inputList []unionInput
	slots     []int
}

type unionInput struct {
	node  node
	exprs []expr
}

func (u *unionNode) inputs() []node {
	out := make([]node, len(u.inputList))
	for i, in := range u.inputList {
		out[i] = in.node
	}
	return out
}

func (u *unionNode) writes() []int { return slices.Clone(u.slots) }
func (u *unionNode) open(e *env) (steps, error) {
	return &unionSteps{e: e, u: u}, nil
}

type unionSteps struct {
	e  *env
	u  *unionNode
	in steps
	at int
}

func (s *unionSteps) close() {
	if s.in != nil {
		s.in.close()
	}
}

func (s *unionSteps) next() (bool, error) {
	for s.at < len(s.u.inputList) {
		input := s.u.inputList[s.at]
		if s.in == nil {
			in, err := input.node.open(s.e)
			if err != nil {
				return false, err
			}
			s.in = in
		}
		ok, err := s.in.next()
		if err != nil {
			return false, err
		}
		if ok {
			return true, s.copy(input.exprs)
		}
		s.in.close()
		s.in = nil
		s.at++
	}
	return false, nil
}

func (s *unionSteps) copy(exprs []expr) error {
	for i, x := range exprs {
		v, err := x.eval(s.e)
		if err != nil {
			return err
		}
		s.e.slots[s.u.slots[i]] = v
	}
	return nil
}

// setNode is INTERSECT and EXCEPT. Of ALL, each equal row on the right takes
// away, or lets stay, one on the left.
type setNode struct {
	union    *unionNode
	except   bool
	distinct bool
}

func (s *setNode) inputs() []node { return s.union.inputs() }
func (s *setNode) writes() []int  { return s.union.writes() }

func (s *setNode) open(e *env) (steps, error) {
	rows, counts, err := s.read(e, 0)
	if err != nil {
		return nil, err
	}
	for i := 1; i < len(s.union.inputList); i++ {
		_, other, err := s.read(e, i)
		if err != nil {
			return nil, err
		}
		for k, n := range counts {
			counts[k] = s.combine(n, other[k])
		}
	}
	kept := &savedRows{slots: rows.slots}
	for _, row := range rows.rows {
		key := string(valuesKey(row))
		if counts[key] > 0 {
			counts[key]--
			kept.rows = append(kept.rows, row)
		}
	}
	return &savedSteps{e: e, rows: kept}, nil
}

func (s *setNode) combine(left, right int) int {
	switch {
	case s.except && s.distinct:
		if right > 0 {
			return 0
		}
		return left
	case s.except:
		return max(left-right, 0)
	}
	return min(left, right)
}

// read keeps the rows of an input and counts the equal ones; of DISTINCT each once.
func (s *setNode) read(e *env, i int) (*savedRows, map[string]int, error) {
	one := &unionNode{inputList: s.union.inputList[i : i+1], slots: s.union.slots}
	rows, err := saveAll(e, "Set Operation", one, s.union.slots)
	if err != nil {
		return nil, nil, err
	}
	counts := map[string]int{}
	for _, row := range rows.rows {
		key := string(valuesKey(row))
		if s.distinct {
			counts[key] = 1
		} else {
			counts[key]++
		}
	}
	return rows, counts, nil
}

func valuesKey(row []value.Value) []byte {
	var key []byte
	for _, v := range row {
		key = value.AppendKey(key, v, false)
	}
	return key
}
