package value

import (
	"math"
	"math/big"
	"time"
)

// Value is a value of any type, or NULL. The zero Value is NULL.
// Values are immutable and cheap to copy.
type Value struct {
	code  Code
	nanos int32    // of a TIMESTAMP
	n     int64    // BOOL, INT64, FLOAT bits, DATE days, ENUM number, TIMESTAMP seconds since 1970
	s     string   // STRING, BYTES, JSON, PROTO
	ext   *extents // NUMERIC, ARRAY, STRUCT, INTERVAL
}

type extents struct {
	elems []Value
	num   *big.Int // NUMERIC times 10^9
	span  *Interval
}

// Null returns NULL.
func Null() Value { return Value{} }

// Bool returns a BOOL.
func Bool(b bool) Value {
	if b {
		return Value{code: CodeBool, n: 1}
	}
	return Value{code: CodeBool}
}

// Int64 returns an INT64.
func Int64(n int64) Value { return Value{code: CodeInt64, n: n} }

// Float64 returns a FLOAT64.
func Float64(f float64) Value { return Value{code: CodeFloat64, n: int64(math.Float64bits(f))} }

// Float32 returns a FLOAT32.
func Float32(f float32) Value { return Value{code: CodeFloat32, n: int64(math.Float32bits(f))} }

// String returns a STRING.
func String(s string) Value { return Value{code: CodeString, s: s} }

// Bytes returns a BYTES value; b is copied.
func Bytes(b []byte) Value { return Value{code: CodeBytes, s: string(b)} }

// BytesOf returns a BYTES value with the bytes of s.
func BytesOf(s string) Value { return Value{code: CodeBytes, s: s} }

// Timestamp returns a TIMESTAMP.
func Timestamp(t time.Time) Value {
	return Value{code: CodeTimestamp, n: t.Unix(), nanos: int32(t.Nanosecond())}
}

// Date returns the DATE that lies days after 1970-01-01.
func Date(days int64) Value { return Value{code: CodeDate, n: days} }

// JSON returns a JSON value; text must be normalized (see NormalizeJSON).
func JSON(text string) Value { return Value{code: CodeJSON, s: text} }

// Array returns an ARRAY; elems must not change afterwards.
func Array(elems []Value) Value { return Value{code: CodeArray, ext: &extents{elems: elems}} }

// Struct returns a STRUCT; fields must not change afterwards.
func Struct(fields []Value) Value { return Value{code: CodeStruct, ext: &extents{elems: fields}} }

// Enum returns a value of an ENUM type.
func Enum(number int64) Value { return Value{code: CodeEnum, n: number} }

// Proto returns a value of a PROTO type, by its bytes on the wire.
func Proto(wire string) Value { return Value{code: CodeProto, s: wire} }

// Code returns the kind of the value, CodeNull for NULL.
func (v Value) Code() Code { return v.code }

// IsNull reports whether the value is NULL.
func (v Value) IsNull() bool { return v.code == CodeNull }

// AsBool returns a BOOL's value; false for NULL.
func (v Value) AsBool() bool { return v.n != 0 }

// AsInt64 returns an INT64's value, or an ENUM's number.
func (v Value) AsInt64() int64 { return v.n }

// AsFloat64 returns a FLOAT64's value.
func (v Value) AsFloat64() float64 { return math.Float64frombits(uint64(v.n)) }

// AsFloat32 returns a FLOAT32's value.
func (v Value) AsFloat32() float32 { return math.Float32frombits(uint32(v.n)) }

// AsString returns the text of a STRING or JSON, and the bytes of a BYTES or PROTO, as string.
func (v Value) AsString() string { return v.s }

// AsBytes returns a copy of the bytes of a BYTES or STRING.
func (v Value) AsBytes() []byte { return []byte(v.s) }

// AsTime returns a TIMESTAMP's value in UTC.
func (v Value) AsTime() time.Time { return time.Unix(v.n, int64(v.nanos)).UTC() }

// AsDays returns a DATE's value in days since 1970-01-01.
func (v Value) AsDays() int64 { return v.n }

// Elems returns the elements of an ARRAY or the fields of a STRUCT. Do not change them.
func (v Value) Elems() []Value {
	if v.ext == nil {
		return nil
	}
	return v.ext.elems
}

// Size estimates the memory that the value takes, in bytes.
func (v Value) Size() int {
	size := 40 + len(v.s)
	if v.ext != nil {
		size += 32
		for _, e := range v.ext.elems {
			size += e.Size()
		}
	}
	return size
}

// commitNanos marks, beyond any real count of nanoseconds, the commit timestamp that is not known yet.
const commitNanos = 1_000_000_000

// CommitTimestamp returns the TIMESTAMP that stands for the transaction's own
// commit timestamp until the commit. It sorts after every other.
func CommitTimestamp() Value {
	return Value{code: CodeTimestamp, n: maxTime.Unix(), nanos: commitNanos}
}

// IsCommitTimestamp reports whether v is CommitTimestamp.
func (v Value) IsCommitTimestamp() bool { return v.code == CodeTimestamp && v.nanos == commitNanos }
