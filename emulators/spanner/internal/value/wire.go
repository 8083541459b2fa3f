package value

import (
	"encoding/base64"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"
)

var nullPB = structpb.NewNullValue()

// Encode returns v, a value of type t, as the wire wants it.
func Encode(v Value, t *Type) *structpb.Value {
	switch v.code {
	case CodeNull:
		return nullPB
	case CodeBool:
		return structpb.NewBoolValue(v.n != 0)
	case CodeFloat64:
		return encodeFloat(v.AsFloat64())
	case CodeFloat32:
		return encodeFloat(float64(v.AsFloat32()))
	case CodeArray:
		elems := make([]*structpb.Value, len(v.ext.elems))
		for i, e := range v.ext.elems {
			elems[i] = Encode(e, t.Elem)
		}
		return structpb.NewListValue(&structpb.ListValue{Values: elems})
	case CodeStruct:
		fields := make([]*structpb.Value, len(v.ext.elems))
		for i, e := range v.ext.elems {
			fields[i] = Encode(e, t.Fields[i].Type)
		}
		return structpb.NewListValue(&structpb.ListValue{Values: fields})
	}
	return structpb.NewStringValue(v.Text())
}

func encodeFloat(f float64) *structpb.Value {
	switch {
	case math.IsNaN(f):
		return structpb.NewStringValue("NaN")
	case math.IsInf(f, 1):
		return structpb.NewStringValue("Infinity")
	case math.IsInf(f, -1):
		return structpb.NewStringValue("-Infinity")
	}
	return structpb.NewNumberValue(f)
}

// Decode reads a value of type t from the wire. What does not fit is refused
// with INVALID_ARGUMENT.
func Decode(pb *structpb.Value, t *Type) (Value, error) { return decode(pb, t, 0) }

func badWire(t *Type, pb *structpb.Value) error {
	shown := pb.String()
	if len(shown) > 100 {
		shown = shown[:100] + "..."
	}
	return status.Errorf(codes.InvalidArgument, "Could not parse %s as %s", shown, t)
}

func decode(pb *structpb.Value, t *Type, depth int) (Value, error) {
	if pb == nil || pb.Kind == nil || depth > maxNesting {
		return Value{}, status.Errorf(codes.InvalidArgument, "missing value for type %s", t)
	}
	switch k := pb.Kind.(type) {
	case *structpb.Value_NullValue:
		return Null(), nil
	case *structpb.Value_BoolValue:
		if t.Code == CodeBool {
			return Bool(k.BoolValue), nil
		}
	case *structpb.Value_NumberValue:
		switch t.Code {
		case CodeFloat64:
			return Float64(k.NumberValue), nil
		case CodeFloat32:
			f := float32(k.NumberValue)
			if math.IsInf(float64(f), 0) && !math.IsInf(k.NumberValue, 0) {
				return Value{}, badWire(t, pb)
			}
			return Float32(f), nil
		}
	case *structpb.Value_StringValue:
		if v, ok := decodeText(k.StringValue, t); ok {
			return v, nil
		}
	case *structpb.Value_ListValue:
		return decodeList(pb, k.ListValue.GetValues(), t, depth)
	}
	return Value{}, badWire(t, pb)
}

func decodeList(pb *structpb.Value, list []*structpb.Value, t *Type, depth int) (Value, error) {
	if t.Code != CodeArray && (t.Code != CodeStruct || len(list) != len(t.Fields)) {
		return Value{}, badWire(t, pb)
	}
	elems := make([]Value, len(list))
	for i, e := range list {
		et := t.Elem
		if t.Code == CodeStruct {
			et = t.Fields[i].Type
		}
		v, err := decode(e, et, depth+1)
		if err != nil {
			return Value{}, err
		}
		elems[i] = v
	}
	return Value{code: t.Code, ext: &extents{elems: elems}}, nil
}

func decodeText(s string, t *Type) (Value, bool) {
	switch t.Code {
	case CodeString:
		return String(s), utf8.ValidString(s)
	case CodeInt64:
		n, err := strconv.ParseInt(s, 10, 64)
		return Int64(n), err == nil
	case CodeBytes:
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			b, err = base64.URLEncoding.DecodeString(s)
		}
		return Bytes(b), err == nil
	case CodeTimestamp:
		ts, err := time.Parse(time.RFC3339Nano, s)
		return Timestamp(ts), err == nil && ValidTime(ts)
	case CodeDate:
		d, err := time.Parse("2006-01-02", s)
		return DateOf(d), err == nil && d.Year() >= 1
	case CodeNumeric:
		v, err := ParseNumeric(s)
		return v, err == nil
	case CodeJSON:
		text, err := NormalizeJSON(s)
		return JSON(text), err == nil
	case CodeUUID:
		return ParseUUID(s)
	case CodeProto:
		b, err := base64.StdEncoding.DecodeString(s)
		return Proto(string(b)), err == nil
	case CodeEnum:
		n, err := strconv.ParseInt(s, 10, 32)
		return Enum(n), err == nil
	case CodeInterval:
		v, err := ParseInterval(s)
		return v, err == nil
	case CodeFloat64, CodeFloat32:
		return decodeSpecialFloat(s, t)
	}
	return Value{}, false
}

func decodeSpecialFloat(s string, t *Type) (Value, bool) {
	var f float64
	switch s {
	case "NaN":
		f = math.NaN()
	case "Infinity":
		f = math.Inf(1)
	case "-Infinity":
		f = math.Inf(-1)
	default:
		return Value{}, false
	}
	if t.Code == CodeFloat32 {
		return Float32(float32(f)), true
	}
	return Float64(f), true
}

var (
	minTime = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	maxTime = time.Date(9999, 12, 31, 23, 59, 59, 999999999, time.UTC)
)

// ValidTime reports whether t is within the range of TIMESTAMP, the years 1 to 9999.
func ValidTime(t time.Time) bool { return !t.Before(minTime) && !t.After(maxTime) }

// DateOf returns the date of t in its own location.
func DateOf(t time.Time) Value {
	y, m, d := t.Date()
	return Date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// MinDate and MaxDate are the bounds of DATE in days since 1970-01-01.
var (
	MinDate = minTime.Unix() / 86400
	MaxDate = maxTime.Unix() / 86400
)

// AsDate returns midnight UTC of a DATE.
func (v Value) AsDate() time.Time { return time.Unix(v.n*86400, 0).UTC() }

// Text returns the value as the wire writes it in a string; for arrays and
// structs, a readable form.
func (v Value) Text() string {
	switch v.code {
	case CodeNull:
		return "NULL"
	case CodeBool:
		return strconv.FormatBool(v.n != 0)
	case CodeInt64, CodeEnum:
		return strconv.FormatInt(v.n, 10)
	case CodeFloat64:
		return FloatText(v.AsFloat64(), 64)
	case CodeFloat32:
		return FloatText(float64(v.AsFloat32()), 32)
	case CodeBytes, CodeProto:
		return base64.StdEncoding.EncodeToString([]byte(v.s))
	case CodeTimestamp:
		return v.AsTime().Format(time.RFC3339Nano)
	case CodeDate:
		return v.AsDate().Format("2006-01-02")
	case CodeNumeric:
		return v.NumericText()
	case CodeInterval:
		return v.ext.span.String()
	case CodeArray, CodeStruct:
		return v.listText()
	}
	return v.s
}

func (v Value) listText() string {
	text := "["
	for i, e := range v.ext.elems {
		if i > 0 {
			text += ", "
		}
		text += e.Text()
	}
	return text + "]"
}

// FloatText writes a floating point number of the bit size as CAST to STRING does.
func FloatText(f float64, bits int) string {
	switch {
	case math.IsNaN(f):
		return "nan"
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	digits := 15
	if bits == 32 {
		digits = 6
	}
	text := strconv.FormatFloat(f, 'g', digits, bits)
	if back, err := strconv.ParseFloat(text, bits); err != nil || back != f {
		text = strconv.FormatFloat(f, 'g', digits+2, bits)
	}
	return text
}
