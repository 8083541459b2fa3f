package spanner_test

import (
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/assert"
)

// historyRows is how many rows the transactions of a history fight for.
const historyRows = 5

// contents are the values of the rows by id; 0 stands for a row that is not there.
type contents [historyRows]int64

type stepKind int

const (
	stepRead      stepKind = iota // the rows were seen as in seen
	stepLowest                    // of the rows only the first was looked at: seen has it, and no other
	stepHighest                   // of the rows only the last
	stepPut                       // the rows got the value
	stepIncrement                 // the rows, as many as count, got one more
	stepDelete                    // the rows, as many as count, were deleted
)

// step is what a transaction did and saw.
type step struct {
	kind     stepKind
	from, to int   // the rows with these ids, to excluded
	low, up  int64 // if up is not 0, only those whose values are in this range, up excluded
	seen     contents
	value    int64
	count    int64 // -1: not told
}

// concerns says whether a row that is there is one of the step's.
func (s step) concerns(id int, value int64) bool {
	return s.from <= id && id < s.to && value != 0 && (s.up == 0 || s.low <= value && value < s.up)
}

// transactionSteps is a transaction. If it is in doubt its client never heard
// whether it was committed.
type transactionSteps struct {
	steps   []step
	inDoubt bool
}

// apply runs the steps on the contents and reports whether they saw what they
// would have seen there.
func (x transactionSteps) apply(state contents) (contents, bool) {
	for _, s := range x.steps {
		switch s.kind {
		case stepRead, stepLowest, stepHighest:
			if s.expect(state) != s.seen {
				return state, false
			}
		case stepPut:
			state[s.from] = s.value
		case stepIncrement, stepDelete:
			if count := s.change(&state); s.count >= 0 && s.count != count {
				return state, false
			}
		}
	}
	return state, true
}

func (s step) surelyWrites() bool { return s.kind == stepPut || s.count > 0 }

// expect returns what a step that reads must see.
func (s step) expect(state contents) (seen contents) {
	for i := range state {
		id := i
		if s.kind == stepHighest {
			id = len(state) - 1 - i
		}
		if !s.concerns(id, state[id]) {
			continue
		}
		seen[id] = state[id]
		if s.kind != stepRead {
			break
		}
	}
	return seen
}

// change carries out a step that increments or deletes, and counts the rows.
func (s step) change(state *contents) (count int64) {
	for id, value := range state {
		if !s.concerns(id, value) {
			continue
		}
		count++
		state[id]++
		if s.kind == stepDelete {
			state[id] = 0
		}
	}
	return count
}

// strictSerializability says which transactions may follow each other.
var strictSerializability = (&porcupine.NondeterministicModel{
	Init: func() []any { return []any{contents{}} },
	Step: func(state, input, _ any) []any {
		x := input.(transactionSteps)
		var out []any
		next, ok := x.apply(state.(contents))
		if ok {
			out = append(out, next)
		}
		if x.inDoubt && (!ok || next != state.(contents)) {
			out = append(out, state)
		}
		return out
	},
	Equal: func(a, b any) bool { return a.(contents) == b.(contents) },
}).ToModel()

const maxCheck = time.Minute

func TestTheJudgeOfHistories(t *testing.T) {
	put := func(id int, v int64) step { return step{kind: stepPut, from: id, to: id + 1, value: v} }
	look := func(s step, id int, v int64) step {
		s.seen[id] = v
		return s
	}
	see := func(id int, v int64) step { return look(step{kind: stepRead, from: id, to: id + 1}, id, v) }
	op := func(call, ret int64, inDoubt bool, steps ...step) porcupine.Operation {
		return porcupine.Operation{Input: transactionSteps{steps: steps, inDoubt: inDoubt}, Call: call, Return: ret}
	}
	for name, tc := range map[string]struct {
		history []porcupine.Operation
		want    porcupine.CheckResult
	}{
		"one after the other": {[]porcupine.Operation{op(0, 1, false, put(0, 1)), op(2, 3, false, see(0, 1))}, porcupine.Ok},
		"stale read":          {[]porcupine.Operation{op(0, 1, false, put(0, 1)), op(2, 3, false, see(0, 0))}, porcupine.Illegal},
		"lost update": {[]porcupine.Operation{
			op(0, 9, false, see(0, 0), put(0, 1)), op(0, 9, false, see(0, 0), put(0, 2))}, porcupine.Illegal},
		"write skew": {[]porcupine.Operation{
			op(0, 9, false, see(0, 0), put(1, 1)), op(0, 9, false, see(1, 0), put(0, 1))}, porcupine.Illegal},
		"phantom": {[]porcupine.Operation{op(0, 9, false, step{kind: stepRead, to: 2}, put(1, 1)),
			op(0, 9, false, step{kind: stepRead, to: 2}, put(0, 1))}, porcupine.Illegal},
		"in doubt, done":     {[]porcupine.Operation{op(0, 99, true, put(0, 1)), op(2, 3, false, see(0, 1))}, porcupine.Ok},
		"in doubt, not done": {[]porcupine.Operation{op(0, 99, true, put(0, 1)), op(2, 3, false, see(0, 0))}, porcupine.Ok},
		"in doubt, undone": {[]porcupine.Operation{
			op(0, 99, true, put(0, 1)), op(2, 3, false, see(0, 1)), op(4, 5, false, see(0, 0))}, porcupine.Illegal},
		"wrong count": {[]porcupine.Operation{op(0, 1, false, put(0, 1)),
			op(2, 3, false, step{kind: stepIncrement, to: 2, count: 2})}, porcupine.Illegal},
		"first, by value": {[]porcupine.Operation{op(0, 1, false, put(0, 1), put(1, 5), put(2, 5)),
			op(2, 3, false, look(step{kind: stepLowest, to: 3, low: 4, up: 6}, 1, 5), look(step{kind: stepHighest, to: 3}, 2, 5))}, porcupine.Ok},
		"not the first": {[]porcupine.Operation{op(0, 1, false, put(0, 1), put(1, 5)),
			op(2, 3, false, look(step{kind: stepLowest, to: 3}, 1, 5))}, porcupine.Illegal},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.want, porcupine.CheckOperationsTimeout(strictSerializability, tc.history, maxCheck))
		})
	}
}
