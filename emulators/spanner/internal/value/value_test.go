package value

import (
	"bytes"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/structpb"
)

func mustNumeric(t testing.TB, s string) Value {
	v, err := ParseNumeric(s)
	require.NoError(t, err)
	return v
}

// ascending holds, by type, values in their order, all different.
func ascending(t testing.TB) map[*Type][]Value {
	ts := func(s string) Value {
		at, err := time.Parse(time.RFC3339Nano, s)
		require.NoError(t, err)
		return Timestamp(at)
	}
	return map[*Type][]Value{
		TypeBool:  {Null(), Bool(false), Bool(true)},
		TypeInt64: {Null(), Int64(math.MinInt64), Int64(-256), Int64(-1), Int64(0), Int64(1), Int64(255), Int64(math.MaxInt64)},
		TypeFloat64: {
			Null(), Float64(math.NaN()), Float64(math.Inf(-1)), Float64(-1.5), Float64(0),
			Float64(math.SmallestNonzeroFloat64), Float64(2), Float64(math.Inf(1)),
		},
		TypeFloat32: {
			Null(), Float32(float32(math.NaN())), Float32(float32(math.Inf(-1))), Float32(-1.5), Float32(0),
			Float32(2), Float32(float32(math.Inf(1))),
		},
		TypeString: {Null(), String(""), String("\x00"), String("\x00\x00"), String("\x00a"), String("\x01"), String("a"), String("a\x00"), String("ab"), String("b"), String("é"), String("日本")},
		TypeBytes:  {Null(), BytesOf(""), BytesOf("\x00"), BytesOf("\x00\xff"), BytesOf("\x01"), BytesOf("\xff"), BytesOf("\xff\xff")},
		TypeTimestamp: {
			Null(), ts("0001-01-01T00:00:00Z"), ts("1969-12-31T23:59:59.999999999Z"), ts("1970-01-01T00:00:00Z"),
			ts("2026-01-01T00:00:00.000000001Z"), ts("2026-01-01T00:00:00.000000002Z"), ts("2026-01-01T00:00:00.1Z"), ts("9999-12-31T23:59:59.999999999Z"),
		},
		TypeDate: {Null(), Date(MinDate), Date(-1), Date(0), Date(1), Date(MaxDate)},
		TypeNumeric: {
			Null(), mustNumeric(t, "-99999999999999999999999999999.999999999"), mustNumeric(t, "-1"), mustNumeric(t, "-0.000000001"),
			mustNumeric(t, "0"), mustNumeric(t, "0.000000001"), mustNumeric(t, "12.5"), mustNumeric(t, "99999999999999999999999999999.999999999"),
		},
	}
}

func TestKeysSortAsValues(t *testing.T) {
	for typ, values := range ascending(t) {
		for i, a := range values {
			for j, b := range values {
				want := 0
				if i < j {
					want = -1
				} else if i > j {
					want = 1
				}
				assert.Equal(t, want, Compare(a, b), "%s: %s against %s", typ, a.Text(), b.Text())
				tail := []byte{0xFC}
				assert.Equal(t, want, bytes.Compare(AppendKey(nil, a, false), AppendKey(nil, b, false)), "%s ascending key", typ)
				assert.Equal(t, -want, bytes.Compare(AppendKey(nil, a, true), AppendKey(nil, b, true)), "%s descending key", typ)
				if want != 0 { // what follows never matters
					assert.Equal(t, want, bytes.Compare(append(AppendKey(nil, a, false), tail...), AppendKey(nil, b, false)))
					assert.Equal(t, want < 0, bytes.Compare(PrefixEnd(AppendKey(nil, a, false)), AppendKey(nil, b, false)) < 0)
				}
			}
		}
	}
}

func TestKeyAndRowRoundTrip(t *testing.T) {
	for typ, values := range ascending(t) {
		for _, v := range values {
			for _, desc := range []bool{false, true} {
				key := append(AppendKey(nil, v, desc), 7)
				back, rest, err := ConsumeKey(key, typ, desc)
				require.NoError(t, err)
				assert.Equal(t, []byte{7}, rest)
				assert.True(t, Identical(v, back), "%s %s", typ, v.Text())
			}
			row := append(AppendValue(nil, v), 7)
			back, rest, err := ConsumeValue(row)
			require.NoError(t, err)
			assert.Equal(t, []byte{7}, rest)
			assert.True(t, Identical(v, back), "%s %s", typ, v.Text())
			skipped, err := SkipValue(row)
			require.NoError(t, err)
			assert.Equal(t, []byte{7}, skipped)
		}
	}
}

func TestWireRoundTrip(t *testing.T) {
	all := ascending(t)
	all[TypeJSON] = []Value{Null(), JSON(`{"a":[1,2.5,"x",null,true]}`)}
	st := StructOf(Field{"a", TypeInt64}, Field{"", ArrayOf(TypeString)})
	all[st] = []Value{Struct([]Value{Int64(1), Array([]Value{String("x"), Null()})}), Struct([]Value{Null(), Null()})}
	for typ, values := range all {
		for _, v := range values {
			back, err := Decode(Encode(v, typ), typ)
			require.NoError(t, err)
			assert.True(t, Identical(v, back), "%s %s", typ, v.Text())
			row, _, err := ConsumeValue(AppendValue(nil, v))
			require.NoError(t, err)
			assert.True(t, Identical(v, row))
		}
		got, err := TypeFromProto(typ.Proto())
		require.NoError(t, err)
		assert.True(t, typ.Equal(got))
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, c := range []struct {
		pb *structpb.Value
		t  *Type
	}{
		{structpb.NewStringValue("x"), TypeInt64},
		{structpb.NewStringValue("9223372036854775808"), TypeInt64},
		{structpb.NewNumberValue(1), TypeInt64},
		{structpb.NewStringValue("1.0"), TypeFloat64},
		{structpb.NewNumberValue(1e300), TypeFloat32},
		{structpb.NewBoolValue(true), TypeString},
		{structpb.NewStringValue("\xff"), TypeString},
		{structpb.NewStringValue("!!"), TypeBytes},
		{structpb.NewStringValue("2026-01-01"), TypeTimestamp},
		{structpb.NewStringValue("2026-13-01"), TypeDate},
		{structpb.NewStringValue("1.0000000001"), TypeNumeric},
		{structpb.NewStringValue("1e30"), TypeNumeric},
		{structpb.NewStringValue("{"), TypeJSON},
		{structpb.NewStringValue("1 2"), TypeJSON},
		{structpb.NewStringValue("a"), ArrayOf(TypeString)},
		{structpb.NewListValue(&structpb.ListValue{}), StructOf(Field{"a", TypeInt64})},
		{nil, TypeInt64},
	} {
		_, err := Decode(c.pb, c.t)
		assert.Equal(t, codes.InvalidArgument, status.Code(err), "%v as %s", c.pb, c.t)
	}
}

func TestEqualIsThreeValued(t *testing.T) {
	for _, c := range []struct {
		a, b         Value
		equal, known bool
	}{
		{Int64(1), Int64(1), true, true},
		{Int64(1), Null(), false, false},
		{Null(), Null(), false, false},
		{Float64(math.NaN()), Float64(math.NaN()), false, true},
		{Float64(0), Float64(math.Copysign(0, -1)), true, true},
		{Struct([]Value{Int64(1), Null()}), Struct([]Value{Int64(2), Int64(1)}), false, true},
		{Struct([]Value{Int64(1), Null()}), Struct([]Value{Int64(1), Int64(1)}), false, false},
	} {
		equal, known := Equal(c.a, c.b)
		assert.Equal(t, c.equal, equal, "%s = %s", c.a.Text(), c.b.Text())
		assert.Equal(t, c.known, known, "%s = %s", c.a.Text(), c.b.Text())
	}
}

func TestNumeric(t *testing.T) {
	for in, want := range map[string]string{
		"1": "1", "-0": "0", "+1.50": "1.5", ".5": "0.5", "5.": "5", "1e3": "1000", "12E-1": "1.2", "-0.000000001": "-0.000000001",
		"0e9999": "0",
	} {
		assert.Equal(t, want, mustNumeric(t, in).NumericText(), in)
	}
	for _, in := range []string{"", ".", "x", "1e", "1e+-1", "--1", "1.0000000001", "1e29", "1e9999", "1_0", "1e99999"} {
		_, err := ParseNumeric(in)
		assert.Error(t, err, in)
	}
	v, err := ParseNumericRounded("-1.2345678905")
	require.NoError(t, err)
	assert.Equal(t, "-1.234567891", v.NumericText())
}

func TestNormalizeJSON(t *testing.T) {
	for in, want := range map[string]string{
		` { "b" : 1, "a" : [ true, null ], "b" : 2 } `: `{"a":[true,null],"b":1}`,
		`"<é>"`: `"<é>"`, `1.0`: `1.0`, `1e2`: `100.0`, `18446744073709551615`: `18446744073709551615`, `[]`: `[]`,
	} {
		got, err := NormalizeJSON(in)
		require.NoError(t, err, in)
		assert.Equal(t, want, got)
	}
	for _, in := range []string{"", "{", `{"a"}`, "[1,]", "1 1", "nul", string(bytes.Repeat([]byte("["), 5000))} {
		_, err := NormalizeJSON(in)
		assert.Error(t, err, in)
	}
}

func FuzzConsume(f *testing.F) {
	for typ, values := range ascending(f) {
		for _, v := range values {
			f.Add(AppendKey(nil, v, false), uint8(typ.Code))
			f.Add(AppendValue(nil, v), uint8(typ.Code))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, code uint8) {
		if v, rest, err := ConsumeValue(b); err == nil {
			again, _, err := ConsumeValue(AppendValue(nil, v))
			require.NoError(t, err)
			require.True(t, Identical(v, again))
			require.LessOrEqual(t, len(rest), len(b))
		}
		typ := ScalarType(Code(code))
		if typ == nil {
			return
		}
		for _, desc := range []bool{false, true} {
			if v, rest, err := ConsumeKey(slices.Clone(b), typ, desc); err == nil {
				again, _, err := ConsumeKey(AppendKey(nil, v, desc), typ, desc)
				require.NoError(t, err)
				require.True(t, Identical(v, again))
				require.LessOrEqual(t, len(rest), len(b))
			}
		}
	})
}

func TestJSONNumbersWithSeventeenDigits(t *testing.T) {
	text, err := NormalizeJSON(`{"f": 0.39240506000000003, "g": 0.39240506}`)
	require.NoError(t, err)
	assert.Equal(t, `{"f":0.39240506000000003,"g":0.39240506}`, text)
	_, err = NormalizeJSON(`0.392405060000000031`)
	require.Error(t, err)
}
