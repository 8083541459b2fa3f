package query

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// cast is CAST and SAFE_CAST, written or implied.
type cast struct {
	a    expr
	from *value.Type
	t    *value.Type
	safe bool
}

func (c *cast) typ() *value.Type       { return c.t }
func (c *cast) kids(visit func(*expr)) { visit(&c.a) }
func (c *cast) eval(e *env) (value.Value, error) {
	v, err := c.a.eval(e)
	if err != nil || v.IsNull() {
		return value.Null(), err
	}
	v, err = castValue(v, c.from, c.t, e.zone)
	if err != nil && c.safe {
		return value.Null(), nil
	}
	return v, err
}

// castable reports whether CAST from one type to the other exists.
func castable(from, to *value.Type) bool {
	if from == nil || from.Equal(to) {
		return true
	}
	if yes, known := protoCastable(from, to); known {
		return yes
	}
	switch from.Code {
	case value.CodeInt64, value.CodeFloat64, value.CodeFloat32, value.CodeNumeric:
		return isNumber(to) || to.Code == value.CodeString || from.Code == value.CodeInt64 && to.Code == value.CodeBool
	case value.CodeBool:
		return to.Code == value.CodeInt64 || to.Code == value.CodeString
	case value.CodeString:
		return to.Orderable()
	case value.CodeBytes:
		return to.Code == value.CodeString || to.Code == value.CodeUUID
	case value.CodeUUID:
		return to.Code == value.CodeString || to.Code == value.CodeBytes
	case value.CodeInterval:
		return to.Code == value.CodeString
	case value.CodeTimestamp, value.CodeDate:
		return to.Code == value.CodeString || to.Code == value.CodeTimestamp || to.Code == value.CodeDate
	case value.CodeArray:
		return to.Code == value.CodeArray && from.Elem.Code == value.CodeStruct && to.Elem.Code == value.CodeStruct && sameFields(from.Elem, to.Elem)
	case value.CodeStruct:
		if to.Code != value.CodeStruct || len(from.Fields) != len(to.Fields) {
			return false
		}
		for i := range from.Fields {
			if !castable(from.Fields[i].Type, to.Fields[i].Type) {
				return false
			}
		}
		return true
	}
	return false
}

func isNumber(t *value.Type) bool {
	switch t.Code {
	case value.CodeInt64, value.CodeFloat64, value.CodeFloat32, value.CodeNumeric:
		return true
	}
	return false
}

// castValue converts v between types that castable allows; zone is that of times
// which name none.
func castValue(v value.Value, from, to *value.Type, zone *time.Location) (value.Value, error) {
	if v.IsNull() || from == nil || from.Code == to.Code && to.Elem == nil && to.Fields == nil {
		return v, nil
	}
	if isProto(from) || isProto(to) {
		return castProto(v, from, to)
	}
	switch to.Code {
	case value.CodeString:
		return castToString(v, zone)
	case value.CodeInt64:
		return castToInt64(v)
	case value.CodeFloat64, value.CodeFloat32:
		return castToFloat(v, to)
	case value.CodeNumeric:
		return castToNumeric(v)
	case value.CodeBool:
		return castToBool(v)
	case value.CodeBytes:
		if from.Code == value.CodeUUID {
			id, err := uuid.Parse(v.AsString())
			return value.Bytes(id[:]), err
		}
		return value.BytesOf(v.AsString()), nil
	case value.CodeUUID:
		if from.Code == value.CodeBytes {
			id, err := uuid.FromBytes([]byte(v.AsString()))
			if err != nil {
				return value.Null(), outOfRange("Could not cast BYTES of length %d to UUID", len(v.AsString()))
			}
			return value.UUID(id), nil
		}
		if id, ok := value.ParseUUID(v.AsString()); ok {
			return id, nil
		}
	case value.CodeInterval:
		if i, err := value.ParseInterval(v.AsString()); err == nil {
			return i, nil
		}
	case value.CodeTimestamp, value.CodeDate:
		return castToTime(v, to, zone)
	case value.CodeArray, value.CodeStruct:
		return castElems(v, from, to, zone)
	}
	return value.Null(), badCast(v, to)
}

func badCast(v value.Value, to *value.Type) error {
	return outOfRange("Bad value %q for %s", v.Text(), to)
}

func castElems(v value.Value, from, to *value.Type, zone *time.Location) (value.Value, error) {
	elems := make([]value.Value, len(v.Elems()))
	for i, e := range v.Elems() {
		f, t := from.Elem, to.Elem
		if to.Code == value.CodeStruct {
			f, t = from.Fields[i].Type, to.Fields[i].Type
		}
		var err error
		if elems[i], err = castValue(e, f, t, zone); err != nil {
			return value.Null(), err
		}
	}
	if to.Code == value.CodeArray {
		return value.Array(elems), nil
	}
	return value.Struct(elems), nil
}

func castToString(v value.Value, zone *time.Location) (value.Value, error) {
	switch v.Code() {
	case value.CodeBytes:
		if !utf8.ValidString(v.AsString()) {
			return value.Null(), outOfRange("Invalid cast of bytes to UTF8 string")
		}
		return value.String(v.AsString()), nil
	case value.CodeTimestamp:
		return value.String(timestampTextIn(v, zone)), nil
	case value.CodeInterval:
		return value.String(v.AsInterval().SQLText()), nil
	}
	return value.String(v.Text()), nil
}

func castToInt64(v value.Value) (value.Value, error) {
	switch v.Code() {
	case value.CodeBool:
		if v.AsBool() {
			return value.Int64(1), nil
		}
		return value.Int64(0), nil
	case value.CodeFloat64, value.CodeFloat32:
		f := math.Round(floatOf(v))
		if math.IsNaN(f) || f < math.MinInt64 || f >= math.MaxInt64 {
			return value.Null(), outOfRange("Illegal conversion of non-finite or out of range floating point number to an integer: %s", v.Text())
		}
		return value.Int64(int64(f)), nil
	case value.CodeNumeric:
		n := value.DivideRounded(v.Scaled(), big.NewInt(1e9))
		if !n.IsInt64() {
			return value.Null(), outOfRange("int64 out of range: %s", v.Text())
		}
		return value.Int64(n.Int64()), nil
	}
	text := strings.TrimSpace(v.AsString())
	digits, negative := strings.CutPrefix(strings.TrimPrefix(text, "+"), "-")
	base := 10
	if hex, isHex := strings.CutPrefix(strings.ToLower(digits), "0x"); isHex {
		digits, base = hex, 16
	}
	if digits == "" || strings.ContainsAny(digits[:1], "+-") {
		return value.Null(), badCast(v, value.TypeInt64)
	}
	if negative {
		digits = "-" + digits
	}
	n, err := strconv.ParseInt(digits, base, 64)
	if err != nil {
		return value.Null(), badCast(v, value.TypeInt64)
	}
	return value.Int64(n), nil
}

// floatOf returns any number as float64.
func floatOf(v value.Value) float64 {
	switch v.Code() {
	case value.CodeInt64:
		return float64(v.AsInt64())
	case value.CodeFloat32:
		return float64(v.AsFloat32())
	case value.CodeNumeric:
		f, _ := v.AsRat().Float64()
		return f
	}
	return v.AsFloat64()
}

func castToFloat(v value.Value, to *value.Type) (value.Value, error) {
	f := 0.0
	if v.Code() == value.CodeString {
		var err error
		text := strings.TrimSpace(v.AsString())
		if f, err = strconv.ParseFloat(text, 64); err != nil || strings.ContainsAny(text, "_xXpP") {
			return value.Null(), badCast(v, to)
		}
	} else {
		f = floatOf(v)
	}
	if to.Code == value.CodeFloat64 {
		return value.Float64(f), nil
	}
	narrow := float32(f)
	if math.IsInf(float64(narrow), 0) && !math.IsInf(f, 0) {
		return value.Null(), outOfRange("float out of range: %s", v.Text())
	}
	return value.Float32(narrow), nil
}

func castToNumeric(v value.Value) (value.Value, error) {
	switch v.Code() {
	case value.CodeInt64:
		return value.NumericFromInt64(v.AsInt64()), nil
	case value.CodeString:
		n, err := value.ParseNumericRounded(strings.TrimSpace(v.AsString()))
		if err != nil {
			return value.Null(), badCast(v, value.TypeNumeric)
		}
		return n, nil
	}
	f := floatOf(v)
	r := new(big.Rat)
	if math.IsNaN(f) || math.IsInf(f, 0) || r.SetFloat64(f) == nil {
		return value.Null(), outOfRange("Illegal conversion of non-finite floating point number to NUMERIC: %s", v.Text())
	}
	n, ok := value.NumericFromRat(r)
	if !ok {
		return value.Null(), outOfRange("numeric out of range: %s", v.Text())
	}
	return n, nil
}

func castToBool(v value.Value) (value.Value, error) {
	if v.Code() == value.CodeInt64 {
		return value.Bool(v.AsInt64() != 0), nil
	}
	switch strings.ToLower(strings.TrimSpace(v.AsString())) {
	case "true":
		return value.Bool(true), nil
	case "false":
		return value.Bool(false), nil
	}
	return value.Null(), badCast(v, value.TypeBool)
}

func castToTime(v value.Value, to *value.Type, zone *time.Location) (value.Value, error) {
	switch {
	case v.Code() == value.CodeTimestamp:
		return value.DateOf(v.AsTime().In(zone)), nil
	case v.Code() == value.CodeDate:
		return dateToTimestamp(v, zone)
	case to.Code == value.CodeDate:
		if d, ok := parseDate(v.AsString()); ok {
			return d, nil
		}
		return value.Null(), outOfRange("Invalid date: '%s'", v.AsString())
	}
	if ts, ok := parseTimestamp(v.AsString(), zone); ok {
		return ts, nil
	}
	return value.Null(), outOfRange("Invalid timestamp: '%s'", v.AsString())
}
