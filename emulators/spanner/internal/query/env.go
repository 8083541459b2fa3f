package query

import (
	"context"
	"time"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// env is the state of one execution of a statement. Every column that a
// statement reads or computes has a slot of its own: operators write slots,
// expressions read them, and what is inside (a subquery, the inner side of a
// join) simply reads what is outside.
type env struct {
	ctx             context.Context
	src             Source
	now             time.Time
	rejectFullScans bool
	counters        Counters // to draw from; nil where that is refused
	states          Counters // to look at

	slots  []value.Value
	params []value.Value
	stack  []value.Value // arguments of calls under evaluation
	cached []cachedRows  // results of subqueries that depend on nothing outside

	steps   int
	held    int   // bytes that materialised rows take
	scanned int64 // rows read
}

// maxHeldBytes bounds what one statement may hold in memory.
const maxHeldBytes = 1 << 30

// stepsPerCheck is how many steps pass between looks at the context.
const stepsPerCheck = 256

// step is called in every loop, so that a cancelled statement ends.
func (e *env) step() error {
	if e.steps++; e.steps%stepsPerCheck == 0 {
		return e.ctx.Err()
	}
	return nil
}

// hold accounts for memory that the statement keeps.
func (e *env) hold(row []value.Value) error {
	for _, v := range row {
		e.held += v.Size()
	}
	if e.held > maxHeldBytes {
		return errTooLarge
	}
	return nil
}

// call runs fn with the arguments evaluated; with strict, a NULL argument makes the result NULL.
func (e *env) call(fn funcN, args []expr, strict bool) (value.Value, error) {
	base := len(e.stack)
	defer func() { e.stack = e.stack[:base] }()
	for _, arg := range args {
		v, err := arg.eval(e)
		if err != nil || strict && v.IsNull() {
			return value.Null(), err
		}
		e.stack = append(e.stack, v)
	}
	return fn(e, e.stack[base:len(e.stack):len(e.stack)])
}
