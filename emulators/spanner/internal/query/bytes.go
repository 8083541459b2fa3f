package query

import (
	"math/big"

	"github.com/cloudspannerecosystem/memefish/ast"
	"github.com/cloudspannerecosystem/memefish/token"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

func isBytes(e expr) bool { return e.typ() != nil && e.typ().Code == value.CodeBytes }

// bitwiseBytes analyses &, | and ^ of two BYTES and shifts of BYTES by INT64.
func (a *analyzer) bitwiseBytes(op ast.BinaryOp, left, right expr, pos token.Pos) (expr, error) {
	list := []expr{left, right}
	if op == ast.OpBitLeftShift || op == ast.OpBitRightShift {
		n, ok, err := a.coerce(right, value.TypeInt64)
		if err != nil || !ok {
			return nil, a.invalid(pos, "No matching signature for operator %s for argument types: %s", op, typeList(list))
		}
		return &binary{name: string(op), a: left, b: n, t: value.TypeBytes, fn: func(x, y value.Value) (value.Value, error) {
			return shiftBytes(x.AsString(), y.AsInt64(), op == ast.OpBitLeftShift)
		}}, nil
	}
	other, ok, err := a.coerce(right, value.TypeBytes)
	if err != nil || !ok || !isBytes(left) {
		return nil, a.invalid(pos, "Bitwise operator %s requires two integer/BYTES arguments of the same type, but saw %s", op, typeList(list))
	}
	return &binary{name: string(op), a: left, b: other, t: value.TypeBytes, fn: func(x, y value.Value) (value.Value, error) {
		return combineBytes(op, x.AsString(), y.AsString())
	}}, nil
}

func combineBytes(op ast.BinaryOp, x, y string) (value.Value, error) {
	if len(x) != len(y) {
		return value.Null(), outOfRange("Bitwise binary operator for BYTES requires equal length of the inputs. Got %d bytes on the left hand side and %d bytes on the right hand side.", len(x), len(y))
	}
	out := make([]byte, len(x))
	for i := range out {
		switch op {
		case ast.OpBitAnd:
			out[i] = x[i] & y[i]
		case ast.OpBitOr:
			out[i] = x[i] | y[i]
		default:
			out[i] = x[i] ^ y[i]
		}
	}
	return value.Bytes(out), nil
}

// shiftBytes shifts the bits of all bytes together; the length stays.
func shiftBytes(x string, by int64, left bool) (value.Value, error) {
	if by < 0 {
		return value.Null(), outOfRange("Bitwise shift by negative offset: %d", by)
	}
	out := make([]byte, len(x))
	if by < int64(len(x))*8 {
		n := new(big.Int).SetBytes([]byte(x))
		if left {
			n.Lsh(n, uint(by))
			n.And(n, new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), uint(len(x))*8), big.NewInt(1)))
		} else {
			n.Rsh(n, uint(by))
		}
		n.FillBytes(out)
	}
	return value.Bytes(out), nil
}

func invertBytes(v value.Value) (value.Value, error) {
	out := []byte(v.AsString())
	for i := range out {
		out[i] = ^out[i]
	}
	return value.Bytes(out), nil
}

// likeBytes matches byte by byte.
func likeBytes(x, y value.Value) (value.Value, error) {
	ok, err := likeMatch(widened(x.AsString()), widened(y.AsString()))
	return value.Bool(ok), err
}

// widened makes a character of each byte.
func widened(s string) string {
	out := make([]rune, len(s))
	for i := range len(s) {
		out[i] = rune(s[i])
	}
	return string(out)
}
