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
	stepRead      stepKind = iota // rows from..to (exclusive) were seen as in seen
	stepPut                       // row from was written, to value
	stepIncrement                 // rows from..to, as many as count, got one more
	stepDelete                    // rows from..to, as many as count, were deleted
)

// step is what a transaction did and saw.
type step struct {
	kind     stepKind
	from, to int
	seen     contents
	value    int64
	count    int64 // -1: not told
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
		var count int64
		for id := s.from; id < s.to; id++ {
			switch {
			case s.kind == stepRead && state[id] != s.seen[id]:
				return state, false
			case s.kind == stepPut:
				state[id] = s.value
			case s.kind == stepIncrement && state[id] != 0:
				state[id]++
				count++
			case s.kind == stepDelete && state[id] != 0:
				state[id] = 0
				count++
			}
		}
		if (s.kind == stepIncrement || s.kind == stepDelete) && s.count >= 0 && s.count != count {
			return state, false
		}
	}
	return state, true
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
	see := func(id int, v int64) step {
		s := step{kind: stepRead, from: id, to: id + 1}
		s.seen[id] = v
		return s
	}
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
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, tc.want, porcupine.CheckOperationsTimeout(strictSerializability, tc.history, maxCheck))
		})
	}
}
