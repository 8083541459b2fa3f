package value

import (
	"encoding/binary"
	"errors"
	"math"
	"math/big"
	"slices"
	"strings"
)

// A part of a key is a mark (NULL or not) and then, for what is not NULL, bytes
// that sort as the values do and end by themselves. A descending part has all
// its bytes inverted. Marks are neither 0x00 nor 0xFF, so that a range of keys
// can be bounded by appending such a byte.
const (
	keyNull    = 0x02
	keyPresent = 0x03
)

// ErrBadKey is returned for bytes that AppendKey did not make.
var ErrBadKey = errors.New("malformed key")

// AppendKey appends v as a part of a key. Values of one type sort, as bytes, as
// Compare orders them, or the other way round if desc. JSON, arrays and structs
// are encoded too, for grouping, but their order means nothing and they cannot
// be decoded.
func AppendKey(dst []byte, v Value, desc bool) []byte {
	start := len(dst)
	dst = appendKeyPart(dst, v)
	if desc {
		invert(dst[start:])
	}
	return dst
}

func invert(b []byte) {
	for i := range b {
		b[i] = ^b[i]
	}
}

// PrefixEnd returns the first key after all keys that begin with the parts in prefix.
func PrefixEnd(prefix []byte) []byte { return append(slices.Clip(slices.Clone(prefix)), 0xFF) }

func appendKeyPart(dst []byte, v Value) []byte {
	if v.code == CodeNull {
		return append(dst, keyNull)
	}
	dst = append(dst, keyPresent)
	switch v.code {
	case CodeBool:
		return append(dst, byte(v.n))
	case CodeInt64, CodeEnum:
		return binary.BigEndian.AppendUint64(dst, uint64(v.n)^(1<<63))
	case CodeDate:
		return binary.BigEndian.AppendUint32(dst, uint32(int32(v.n))^(1<<31))
	case CodeFloat64:
		return binary.BigEndian.AppendUint64(dst, sortableFloat64(v.AsFloat64()))
	case CodeFloat32:
		return binary.BigEndian.AppendUint32(dst, sortableFloat32(v.AsFloat32()))
	case CodeTimestamp:
		dst = binary.BigEndian.AppendUint64(dst, uint64(v.n)^(1<<63))
		return binary.BigEndian.AppendUint32(dst, uint32(v.nanos))
	case CodeNumeric:
		return appendInt128(dst, v.ext.num)
	case CodeInterval:
		return appendInt128(dst, v.ext.span.total())
	case CodeArray, CodeStruct:
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(v.ext.elems)))
		for _, e := range v.ext.elems {
			dst = appendKeyPart(dst, e)
		}
		return dst
	}
	return appendEscaped(dst, v.s)
}

// appendEscaped writes 00 as 00 FF and ends with 00 01, so that a string sorts before its extensions.
func appendEscaped(dst []byte, s string) []byte {
	for {
		i := strings.IndexByte(s, 0)
		if i < 0 {
			return append(append(dst, s...), 0x00, 0x01)
		}
		dst = append(append(dst, s[:i]...), 0x00, 0xFF)
		s = s[i+1:]
	}
}

// AppendKeyStringPrefix appends the beginning of a key part that all STRING or
// BYTES values starting with s share, and no others.
func AppendKeyStringPrefix(dst []byte, s string, desc bool) []byte {
	start := len(dst)
	dst = appendEscaped(append(dst, keyPresent), s)
	dst = dst[:len(dst)-2]
	if desc {
		invert(dst[start:])
	}
	return dst
}

func sortableFloat64(f float64) uint64 {
	if f != f {
		return 0
	}
	if f == 0 {
		return 1 << 63 // -0 is 0
	}
	bits := math.Float64bits(f)
	if bits>>63 == 1 {
		return ^bits
	}
	return bits | 1<<63
}

func sortableFloat32(f float32) uint32 {
	if f != f {
		return 0
	}
	bits := math.Float32bits(f)
	if f == 0 {
		bits = 0
	}
	if bits>>31 == 1 {
		return ^bits
	}
	return bits | 1<<31
}

// appendInt128 writes n, which is less than 2^127 in size, as two's complement with the sign bit inverted.
func appendInt128(dst []byte, n *big.Int) []byte {
	offset := new(big.Int).Lsh(big.NewInt(1), 127)
	return append(dst, new(big.Int).Add(n, offset).FillBytes(make([]byte, 16))...)
}

// ConsumeKey decodes the first part of key, which holds a value of type t, and
// returns what follows it.
func ConsumeKey(key []byte, t *Type, desc bool) (Value, []byte, error) {
	if len(key) == 0 {
		return Value{}, nil, ErrBadKey
	}
	var flip byte
	if desc {
		flip = 0xFF
	}
	mark, rest := key[0]^flip, key[1:]
	if mark == keyNull {
		return Null(), rest, nil
	}
	if mark != keyPresent {
		return Value{}, nil, ErrBadKey
	}
	switch t.Code {
	case CodeString, CodeBytes, CodeUUID:
		s, rest, err := consumeEscaped(rest, flip)
		return Value{code: t.Code, s: s}, rest, err
	case CodeJSON, CodeArray, CodeStruct, CodeProto:
		return Value{}, nil, ErrBadKey
	}
	var buf [16]byte
	width := keyWidths[t.Code]
	if width == 0 || len(rest) < width {
		return Value{}, nil, ErrBadKey
	}
	for i := range width {
		buf[i] = rest[i] ^ flip
	}
	return fixedFromKey(buf[:width], t.Code), rest[width:], nil
}

var keyWidths = [...]int{
	CodeBool: 1, CodeInt64: 8, CodeFloat64: 8, CodeFloat32: 4, CodeTimestamp: 12, CodeDate: 4, CodeNumeric: 16,
	CodeEnum: 8,
}

func fixedFromKey(b []byte, code Code) Value {
	switch code {
	case CodeBool:
		return Bool(b[0] != 0)
	case CodeInt64:
		return Int64(int64(binary.BigEndian.Uint64(b) ^ (1 << 63)))
	case CodeEnum:
		return Enum(int64(binary.BigEndian.Uint64(b) ^ (1 << 63)))
	case CodeDate:
		return Date(int64(int32(binary.BigEndian.Uint32(b) ^ (1 << 31))))
	case CodeFloat64:
		return Float64(float64FromSortable(binary.BigEndian.Uint64(b)))
	case CodeFloat32:
		return Float32(float32FromSortable(binary.BigEndian.Uint32(b)))
	case CodeTimestamp:
		seconds := int64(binary.BigEndian.Uint64(b) ^ (1 << 63))
		return Value{code: CodeTimestamp, n: seconds, nanos: int32(binary.BigEndian.Uint32(b[8:]))}
	}
	n := new(big.Int).SetBytes(b)
	n.Sub(n, new(big.Int).Lsh(big.NewInt(1), 127))
	return Value{code: CodeNumeric, ext: &extents{num: n}}
}

func float64FromSortable(bits uint64) float64 {
	switch {
	case bits == 0:
		return math.NaN()
	case bits>>63 == 1:
		return math.Float64frombits(bits &^ (1 << 63))
	}
	return math.Float64frombits(^bits)
}

func float32FromSortable(bits uint32) float32 {
	switch {
	case bits == 0:
		return float32(math.NaN())
	case bits>>31 == 1:
		return math.Float32frombits(bits &^ (1 << 31))
	}
	return math.Float32frombits(^bits)
}

func consumeEscaped(b []byte, flip byte) (string, []byte, error) {
	var out []byte
	for i := 0; i+1 < len(b); i++ {
		c := b[i] ^ flip
		if c != 0 {
			out = append(out, c)
			continue
		}
		switch b[i+1] ^ flip {
		case 0x01:
			return string(out), b[i+2:], nil
		case 0xFF:
			out = append(out, 0)
			i++
		default:
			return "", nil, ErrBadKey
		}
	}
	return "", nil, ErrBadKey
}
