package query

import (
	"math/bits"
	"strings"

	"github.com/cloudspannerecosystem/memefish/ast"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// Counters count for the sequences of a database, outside of transactions.
type Counters interface {
	// Next returns a number of the sequence that was never returned before.
	Next(q *schema.Sequence) (int64, error)
	// State returns the next count; false before the first number was drawn.
	State(q *schema.Sequence) (int64, bool)
}

func init() {
	specials["GET_NEXT_SEQUENCE_VALUE"] = nextValue
	specials["GET_INTERNAL_SEQUENCE_STATE"] = sequenceState
	specials["GET_TABLE_COLUMN_IDENTITY_STATE"] = identityState
	define("BIT_REVERSE", signature{args: types(value.TypeInt64, value.TypeBool), ret: value.TypeInt64, fn: func(_ *env, v []value.Value) (value.Value, error) {
		return value.Int64(BitReverse(v[0].AsInt64(), v[1].AsBool())), nil
	}})
}

// BitReverse returns the number with its bits in reverse; with keepSign the sign
// bit stays where it is.
func BitReverse(n int64, keepSign bool) int64 {
	if !keepSign {
		return int64(bits.Reverse64(uint64(n)))
	}
	sign := uint64(n) & (1 << 63)
	return int64(bits.Reverse64(uint64(n)<<1) | sign)
}

// sequence finds the sequence that is the one argument of a call. Those of
// identity columns are for their defaults only.
func (a *analyzer) sequence(n *ast.CallExpr) (*schema.Sequence, error) {
	if err := a.count(n, 1, 1); err != nil {
		return nil, err
	}
	name, ok := schema.SequenceName(n.Args[0])
	if !ok {
		return nil, a.invalid(n.Pos(), "No matching signature for function %s: it takes SEQUENCE and a name", functionName(n.Func))
	}
	if a.cat != nil {
		if q, ok := a.cat.Sequence(name); ok && (!q.Identity || a.rowOnly) {
			return q, nil
		}
	}
	return nil, a.invalid(n.Pos(), "Sequence not found: %s", name)
}

func nextValue(a *analyzer, _ *scope, n *ast.CallExpr) (expr, error) {
	q, err := a.sequence(n)
	if err != nil {
		return nil, err
	}
	a.draws, a.varies = append(a.draws, sequenceUse{sequence: q, privilege: schema.Update}), true
	return &call{name: "GET_NEXT_SEQUENCE_VALUE", t: value.TypeInt64, volatile: true, fn: func(e *env, _ []value.Value) (value.Value, error) {
		if e.counters == nil {
			return value.Null(), status.Error(codes.InvalidArgument, "The following functions can only be used in a read-write or "+
				"partitioned-dml transaction. Current transaction type is ReadOnly: GET_NEXT_SEQUENCE_VALUE")
		}
		v, err := e.counters.Next(q)
		return value.Int64(v), err
	}}, nil
}

func sequenceState(a *analyzer, _ *scope, n *ast.CallExpr) (expr, error) {
	q, err := a.sequence(n)
	if err != nil {
		return nil, err
	}
	a.draws, a.varies = append(a.draws, sequenceUse{sequence: q, privilege: schema.Select}), true
	return stateOf("GET_INTERNAL_SEQUENCE_STATE", q), nil
}

func stateOf(name string, q *schema.Sequence) expr {
	return &call{name: name, t: value.TypeInt64, volatile: true, fn: func(e *env, _ []value.Value) (value.Value, error) {
		if e.states == nil {
			return value.Null(), nil
		}
		count, drawn := e.states.State(q)
		if !drawn {
			return value.Null(), nil
		}
		return value.Int64(count), nil
	}}
}

// identityState is GET_TABLE_COLUMN_IDENTITY_STATE('table.column').
func identityState(a *analyzer, s *scope, n *ast.CallExpr) (expr, error) {
	args, err := a.args(s, n)
	if err != nil {
		return nil, err
	}
	if err := a.count(n, 1, 1); err != nil {
		return nil, err
	}
	c, ok := args[0].(*constant)
	if !ok || c.v.Code() != value.CodeString {
		return nil, a.invalid(n.Pos(), "GET_TABLE_COLUMN_IDENTITY_STATE takes a STRING literal")
	}
	name := c.v.AsString()
	table, column, ok := strings.Cut(name, ".")
	if !ok || strings.Contains(column, ".") {
		return nil, a.invalid(n.Pos(), `The column identifier's format is invalid: %s. It should be either "<schema>.<table>.<column>" or "<table>.<column>".`, name)
	}
	if a.cat == nil {
		return nil, a.invalid(n.Pos(), "GET_TABLE_COLUMN_IDENTITY_STATE cannot be used here")
	}
	t, ok := a.cat.Table(table)
	if !ok {
		return nil, a.invalid(n.Pos(), "Table not found for the GET_TABLE_COLUMN_IDENTITY_STATE function: %s", table)
	}
	col, ok := t.Column(column)
	if !ok || col.Identity == nil {
		return nil, a.invalid(n.Pos(), "Identity column not found in table %s: %s", table, column)
	}
	a.varies = true
	return stateOf("GET_TABLE_COLUMN_IDENTITY_STATE", col.Identity), nil
}
