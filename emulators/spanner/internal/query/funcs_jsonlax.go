package query

import (
	"encoding/json"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// scalarOf converts a document, or tells that it cannot.
type scalarOf func(doc value.JSONDoc) (value.Value, bool)

func init() {
	for name, lax := range map[string]struct {
		t  *value.Type
		of scalarOf
	}{"LAX_BOOL": {tBool, laxBool}, "LAX_INT64": {tInt, laxInt64}, "LAX_FLOAT64": {tFloat, laxFloat64}, "LAX_STRING": {tString, laxString}} {
		define(name, signature{args: types(tJSON), ret: lax.t, fn: func(_ *env, a []value.Value) (value.Value, error) {
			v, ok := lax.of(docOf(a[0]))
			if !ok {
				return value.Null(), nil
			}
			return v, nil
		}})
	}
	for name, strict := range map[string]struct {
		t    *value.Type
		what string
		of   scalarOf
	}{
		"BOOL": {tBool, "a boolean", docBool}, "INT64": {tInt, "an integer", docInt64}, "FLOAT64": {tFloat, "a number", docFloat64},
		"FLOAT32": {value.TypeFloat32, "a number in the range of FLOAT32", docFloat32}, "STRING": {tString, "a string", docString},
	} {
		define(name, signature{args: types(tJSON), ret: strict.t, fn: func(_ *env, a []value.Value) (value.Value, error) {
			v, ok := strict.of(docOf(a[0]))
			if !ok {
				return value.Null(), outOfRange("The provided JSON input is not %s", strict.what)
			}
			return v, nil
		}})
		define(name+"_ARRAY", signature{args: types(tJSON), ret: value.ArrayOf(strict.t), fn: func(_ *env, a []value.Value) (value.Value, error) {
			list, ok := docOf(a[0]).([]any)
			elems := make([]value.Value, len(list))
			for i := 0; ok && i < len(list); i++ {
				elems[i], ok = strict.of(list[i])
			}
			if !ok {
				return value.Null(), outOfRange("The provided JSON input is not an array of which every element is %s", strict.what)
			}
			return value.Array(elems), nil
		}})
	}
}

func docBool(doc value.JSONDoc) (value.Value, bool) {
	b, ok := doc.(bool)
	return value.Bool(b), ok
}

func docString(doc value.JSONDoc) (value.Value, bool) {
	s, ok := doc.(string)
	return value.String(s), ok
}

// docInt64 reads a number without a fraction, 1.0 and 1e2 too.
func docInt64(doc value.JSONDoc) (value.Value, bool) {
	n, ok := doc.(json.Number)
	if !ok {
		return value.Null(), false
	}
	r, ok := exactNumber(n.String())
	if !ok || !r.IsInt() || !r.Num().IsInt64() {
		return value.Null(), false
	}
	return value.Int64(r.Num().Int64()), true
}

func docFloat64(doc value.JSONDoc) (value.Value, bool) {
	n, ok := doc.(json.Number)
	if !ok {
		return value.Null(), false
	}
	f, err := n.Float64()
	return value.Float64(f), err == nil
}

func docFloat32(doc value.JSONDoc) (value.Value, bool) {
	v, ok := docFloat64(doc)
	if !ok || math.Abs(v.AsFloat64()) > math.MaxFloat32 {
		return value.Null(), false
	}
	return value.Float32(float32(v.AsFloat64())), true
}

func laxBool(doc value.JSONDoc) (value.Value, bool) {
	switch d := doc.(type) {
	case bool:
		return value.Bool(d), true
	case string:
		is := strings.EqualFold(d, "true")
		return value.Bool(is), is || strings.EqualFold(d, "false")
	case json.Number:
		f, err := d.Float64()
		return value.Bool(f != 0), err == nil
	}
	return value.Null(), false
}

func laxInt64(doc value.JSONDoc) (value.Value, bool) {
	text := ""
	switch d := doc.(type) {
	case bool:
		if d {
			return value.Int64(1), true
		}
		return value.Int64(0), true
	case string:
		text = d
	case json.Number:
		text = d.String()
	}
	r, ok := exactNumber(text)
	if !ok {
		return value.Null(), false
	}
	n := value.DivideRounded(r.Num(), r.Denom())
	return value.Int64(n.Int64()), n.IsInt64()
}

func laxFloat64(doc value.JSONDoc) (value.Value, bool) {
	switch d := doc.(type) {
	case json.Number:
		return docFloat64(d)
	case string:
		switch strings.ToLower(d) {
		case "nan":
			return value.Float64(math.NaN()), true
		case "inf", "+inf", "infinity", "+infinity":
			return value.Float64(math.Inf(1)), true
		case "-inf", "-infinity":
			return value.Float64(math.Inf(-1)), true
		}
		if !decimalText.MatchString(d) {
			return value.Null(), false
		}
		f, err := strconv.ParseFloat(d, 64)
		return value.Float64(f), err == nil
	}
	return value.Null(), false
}

func laxString(doc value.JSONDoc) (value.Value, bool) {
	switch d := doc.(type) {
	case bool:
		return value.String(strconv.FormatBool(d)), true
	case string:
		return value.String(d), true
	case json.Number:
		if strings.ContainsAny(d.String(), ".eE") {
			f, err := d.Float64()
			return value.String(value.FloatText(f, 64)), err == nil
		}
		return value.String(d.String()), true
	}
	return value.Null(), false
}

var decimalText = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$`)

// exactNumber reads decimal text of a size that is cheap to hold exactly.
func exactNumber(text string) (*big.Rat, bool) {
	if len(text) > 1000 || !decimalText.MatchString(text) {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}
