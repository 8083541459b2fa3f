package query

import (
	"cmp"
	"context"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

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
	zone            *time.Location
	seed            uint64 // of what TABLESAMPLE draws
	rejectFullScans bool
	maxHeldBytes    int      // 0: the constant
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

// maxHeldBytes bounds what one statement may hold in memory: rows that are sorted,
// grouped, hashed or read once for many. A statement that needs more is refused.
const maxHeldBytes = 256 << 20

// stepsPerCheck is how many steps pass between looks at the context.
const stepsPerCheck = 256

// step is called in every loop, so that a cancelled statement ends.
func (e *env) step() error {
	if e.steps++; e.steps%stepsPerCheck == 0 {
		return e.ctx.Err()
	}
	return nil
}

// hold accounts for a row that an operator of the statement keeps.
func (e *env) hold(operator string, row []value.Value) error {
	size := rowBytes
	for _, v := range row {
		size += v.Size()
	}
	return e.holdBytes(operator, size)
}

// rowBytes is what a kept row or key takes beside its values.
const rowBytes = 64

// holdBytes accounts for memory that an operator of the statement keeps.
func (e *env) holdBytes(operator string, size int) error {
	if e.held += size; e.held > e.maxHeld() {
		return status.Errorf(codes.ResourceExhausted, "The statement holds more than %d MiB in memory, in operator %s", e.maxHeld()>>20, operator)
	}
	return nil
}

func (e *env) maxHeld() int { return cmp.Or(e.maxHeldBytes, maxHeldBytes) }

// fits refuses operands and columns of one row that are too large together.
func (e *env) fits(size int) error {
	if size <= e.maxHeld() {
		return nil
	}
	return e.holdBytes("Compute", size)
}

// maxElements bounds the arrays that functions make.
const maxElements = 1 << 20

// checkedArray refuses arrays of too many elements.
func checkedArray(elems []value.Value) (value.Value, error) {
	if len(elems) > maxElements {
		return value.Null(), outOfRange("Cannot make arrays with more than %d elements", maxElements)
	}
	return value.Array(elems), nil
}

// call runs fn with the arguments evaluated; with strict, a NULL argument makes the result NULL.
func (e *env) call(fn funcN, args []expr, strict bool) (value.Value, error) {
	base := len(e.stack)
	defer func() { e.stack = e.stack[:base] }()
	size := 0
	for _, arg := range args {
		v, err := arg.eval(e)
		if err != nil || strict && v.IsNull() {
			return value.Null(), err
		}
		size += v.Size()
		if err := e.fits(size); err != nil {
			return value.Null(), err
		}
		e.stack = append(e.stack, v)
	}
	return fn(e, e.stack[base:len(e.stack):len(e.stack)])
}
