package value

import (
	"encoding/binary"
	"errors"
	"math/big"
)

// ErrBadRow is returned for bytes that AppendValue did not make.
var ErrBadRow = errors.New("malformed stored value")

// maxNesting bounds the nesting of stored and received values.
const maxNesting = 32

// AppendValue appends v in the compact form of stored rows, which describes itself.
func AppendValue(dst []byte, v Value) []byte {
	dst = append(dst, byte(v.code))
	switch v.code {
	case CodeNull:
	case CodeBool:
		dst = append(dst, byte(v.n))
	case CodeInt64, CodeDate, CodeEnum:
		dst = binary.AppendVarint(dst, v.n)
	case CodeFloat64:
		dst = binary.LittleEndian.AppendUint64(dst, uint64(v.n))
	case CodeFloat32:
		dst = binary.LittleEndian.AppendUint32(dst, uint32(v.n))
	case CodeTimestamp:
		dst = binary.AppendUvarint(binary.AppendVarint(dst, v.n), uint64(v.nanos))
	case CodeNumeric:
		dst = append(dst, byte(1+v.ext.num.Sign()))
		b := v.ext.num.Bytes()
		dst = append(binary.AppendUvarint(dst, uint64(len(b))), b...)
	case CodeArray, CodeStruct:
		dst = binary.AppendUvarint(dst, uint64(len(v.ext.elems)))
		for _, e := range v.ext.elems {
			dst = AppendValue(dst, e)
		}
	default:
		dst = append(binary.AppendUvarint(dst, uint64(len(v.s))), v.s...)
	}
	return dst
}

// ConsumeValue decodes the first value of b and returns what follows it.
// The value does not refer to b.
func ConsumeValue(b []byte) (Value, []byte, error) { return consumeValue(b, 0) }

func consumeValue(b []byte, depth int) (Value, []byte, error) {
	if len(b) == 0 || depth > maxNesting {
		return Value{}, nil, ErrBadRow
	}
	code, b := Code(b[0]), b[1:]
	switch code {
	case CodeNull:
		return Null(), b, nil
	case CodeBool:
		if len(b) == 0 {
			return Value{}, nil, ErrBadRow
		}
		return Bool(b[0] != 0), b[1:], nil
	case CodeInt64, CodeDate, CodeEnum:
		n, width := binary.Varint(b)
		if width <= 0 {
			return Value{}, nil, ErrBadRow
		}
		return Value{code: code, n: n}, b[width:], nil
	case CodeFloat64:
		if len(b) < 8 {
			return Value{}, nil, ErrBadRow
		}
		return Value{code: code, n: int64(binary.LittleEndian.Uint64(b))}, b[8:], nil
	case CodeFloat32:
		if len(b) < 4 {
			return Value{}, nil, ErrBadRow
		}
		return Value{code: code, n: int64(binary.LittleEndian.Uint32(b))}, b[4:], nil
	case CodeTimestamp:
		return consumeTimestamp(b)
	case CodeArray, CodeStruct:
		return consumeElems(b, code, depth)
	case CodeNumeric:
		return consumeNumeric(b)
	case CodeString, CodeBytes, CodeJSON, CodeUUID, CodeProto:
		raw, rest, err := consumeRaw(b)
		return Value{code: code, s: string(raw)}, rest, err
	}
	return Value{}, nil, ErrBadRow
}

func consumeTimestamp(b []byte) (Value, []byte, error) {
	seconds, width := binary.Varint(b)
	if width <= 0 {
		return Value{}, nil, ErrBadRow
	}
	nanos, width2 := binary.Uvarint(b[width:])
	if width2 <= 0 || nanos > commitNanos {
		return Value{}, nil, ErrBadRow
	}
	return Value{code: CodeTimestamp, n: seconds, nanos: int32(nanos)}, b[width+width2:], nil
}

func consumeRaw(b []byte) (raw, rest []byte, err error) {
	size, width := binary.Uvarint(b)
	if width <= 0 || size > uint64(len(b)-width) {
		return nil, nil, ErrBadRow
	}
	end := width + int(size)
	return b[width:end], b[end:], nil
}

func consumeNumeric(b []byte) (Value, []byte, error) {
	if len(b) == 0 || b[0] > 2 {
		return Value{}, nil, ErrBadRow
	}
	raw, rest, err := consumeRaw(b[1:])
	if err != nil || len(raw) > 16 {
		return Value{}, nil, ErrBadRow
	}
	n := new(big.Int).SetBytes(raw)
	if b[0] == 0 {
		n.Neg(n)
	}
	return Value{code: CodeNumeric, ext: &extents{num: n}}, rest, nil
}

func consumeElems(b []byte, code Code, depth int) (Value, []byte, error) {
	count, width := binary.Uvarint(b)
	if width <= 0 || count > uint64(len(b)-width) {
		return Value{}, nil, ErrBadRow
	}
	b = b[width:]
	elems := make([]Value, count)
	for i := range elems {
		var err error
		if elems[i], b, err = consumeValue(b, depth+1); err != nil {
			return Value{}, nil, err
		}
	}
	return Value{code: code, ext: &extents{elems: elems}}, b, nil
}

// SkipValue returns what follows the first value of b, without decoding it.
func SkipValue(b []byte) ([]byte, error) {
	if len(b) == 0 {
		return nil, ErrBadRow
	}
	switch Code(b[0]) {
	case CodeString, CodeBytes, CodeJSON, CodeUUID, CodeProto:
		_, rest, err := consumeRaw(b[1:])
		return rest, err
	}
	_, rest, err := ConsumeValue(b)
	return rest, err
}
