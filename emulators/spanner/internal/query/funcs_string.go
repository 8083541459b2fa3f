package query

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// onText defines a function on one STRING.
func onText(name string, fn func(string) (value.Value, error), ret *value.Type) {
	define(name, signature{args: types(tString), ret: ret, fn: func(_ *env, a []value.Value) (value.Value, error) {
		return fn(a[0].AsString())
	}})
}

// onTextAndBytes defines a predicate-like function on two STRINGs or two BYTES.
func onTextAndBytes(name string, ret *value.Type, fn func(a, b value.Value) (value.Value, error)) {
	for _, t := range types(tString, tBytes) {
		define(name, signature{args: types(t, t), ret: ret, fn: func(_ *env, a []value.Value) (value.Value, error) {
			return fn(a[0], a[1])
		}})
	}
}

func init() {
	onText("LOWER", func(s string) (value.Value, error) { return value.String(strings.ToLower(s)), nil }, tString)
	onText("UPPER", func(s string) (value.Value, error) { return value.String(strings.ToUpper(s)), nil }, tString)
	onText("CHAR_LENGTH", runeCount, tInt)
	onText("CHARACTER_LENGTH", runeCount, tInt)
	onTextAndBytes("STARTS_WITH", tBool, func(a, b value.Value) (value.Value, error) {
		return value.Bool(strings.HasPrefix(a.AsString(), b.AsString())), nil
	})
	onTextAndBytes("ENDS_WITH", tBool, func(a, b value.Value) (value.Value, error) {
		return value.Bool(strings.HasSuffix(a.AsString(), b.AsString())), nil
	})
	onTextAndBytes("STRPOS", tInt, func(a, b value.Value) (value.Value, error) {
		i := strings.Index(a.AsString(), b.AsString())
		if i > 0 && a.Code() == value.CodeString {
			i = utf8.RuneCountInString(a.AsString()[:i])
		}
		return value.Int64(int64(i + 1)), nil
	})
	onTextAndBytes("REGEXP_CONTAINS", tBool, func(a, b value.Value) (value.Value, error) {
		re, err := compiled(b.AsString())
		if err != nil {
			return value.Null(), err
		}
		return value.Bool(re.MatchString(a.AsString())), nil
	})
	define("BYTE_LENGTH",
		signature{args: types(tString), ret: tInt, fn: byteLength}, signature{args: types(tBytes), ret: tInt, fn: byteLength})
	define("LENGTH",
		signature{args: types(tString), ret: tInt, fn: func(_ *env, a []value.Value) (value.Value, error) { return runeCount(a[0].AsString()) }},
		signature{args: types(tBytes), ret: tInt, fn: byteLength})
	defineTrims()
	defineBuilders()
	defineRegexps()
}

func runeCount(s string) (value.Value, error) {
	return value.Int64(int64(utf8.RuneCountInString(s))), nil
}

func byteLength(_ *env, a []value.Value) (value.Value, error) {
	return value.Int64(int64(len(a[0].AsString()))), nil
}

func defineTrims() {
	for name, sides := range map[string]string{"TRIM": "both", "LTRIM": "left", "RTRIM": "right"} {
		define(name, signature{args: types(tString, tString), optional: 1, ret: tString, fn: func(_ *env, a []value.Value) (value.Value, error) {
			cut := unicode.IsSpace
			if len(a) == 2 {
				set := a[1].AsString()
				cut = func(r rune) bool { return strings.ContainsRune(set, r) }
			}
			s := a[0].AsString()
			if sides != "right" {
				s = strings.TrimLeftFunc(s, cut)
			}
			if sides != "left" {
				s = strings.TrimRightFunc(s, cut)
			}
			return value.String(s), nil
		}})
	}
}

func defineBuilders() {
	define("CONCAT",
		signature{args: types(tString), rest: tString, ret: tString, fn: func(_ *env, a []value.Value) (value.Value, error) {
			return checkedString(joined(a))
		}},
		signature{args: types(tBytes), rest: tBytes, ret: tBytes, fn: func(_ *env, a []value.Value) (value.Value, error) {
			return value.BytesOf(joined(a)), nil
		}})
	define("SUBSTR",
		signature{args: types(tString, tInt, tInt), optional: 1, ret: tString, fn: substr},
		signature{args: types(tBytes, tInt, tInt), optional: 1, ret: tBytes, fn: substr})
	functions["SUBSTRING"] = functions["SUBSTR"]
	define("REPLACE", signature{args: types(tString, tString, tString), ret: tString, fn: func(_ *env, a []value.Value) (value.Value, error) {
		s, old, by := a[0].AsString(), a[1].AsString(), a[2].AsString()
		if old == "" {
			return a[0], nil
		}
		if grown := len(s) + strings.Count(s, old)*(len(by)-len(old)); grown > maxStringBytes {
			return value.Null(), outOfRange("Output of REPLACE exceeds the limit of %d bytes", maxStringBytes)
		}
		return value.String(strings.ReplaceAll(s, old, by)), nil
	}})
	define("REPEAT", signature{args: types(tString, tInt), ret: tString, fn: func(_ *env, a []value.Value) (value.Value, error) {
		n := a[1].AsInt64()
		if n < 0 || n > maxStringBytes || int(n)*len(a[0].AsString()) > maxStringBytes {
			return value.Null(), outOfRange("REPEAT count is negative or makes the output exceed %d bytes", maxStringBytes)
		}
		return value.String(strings.Repeat(a[0].AsString(), int(n))), nil
	}})
	onText("REVERSE", func(s string) (value.Value, error) {
		runes := []rune(s)
		for i, j := 0, len(runes)-1; i < j; i, j = i+1, j-1 {
			runes[i], runes[j] = runes[j], runes[i]
		}
		return value.String(string(runes)), nil
	}, tString)
	define("SPLIT", signature{args: types(tString, tString), optional: 1, ret: value.ArrayOf(tString), fn: func(_ *env, a []value.Value) (value.Value, error) {
		separator := ","
		if len(a) == 2 {
			separator = a[1].AsString()
		}
		var parts []value.Value
		for _, p := range strings.Split(a[0].AsString(), separator) {
			parts = append(parts, value.String(p))
		}
		return checkedArray(parts)
	}})
	definePads()
}

func joined(a []value.Value) string {
	var out strings.Builder
	for _, v := range a {
		out.WriteString(v.AsString())
	}
	return out.String()
}

func definePads() {
	for name, left := range map[string]bool{"LPAD": true, "RPAD": false} {
		define(name, signature{args: types(tString, tInt, tString), optional: 1, ret: tString, fn: func(_ *env, a []value.Value) (value.Value, error) {
			s, n, fill := []rune(a[0].AsString()), a[1].AsInt64(), []rune(" ")
			if len(a) == 3 {
				fill = []rune(a[2].AsString())
			}
			if n < 0 || n > maxStringBytes || len(fill) == 0 {
				return value.Null(), outOfRange("%s needs a length of 0 to %d and a pattern", name, maxStringBytes)
			}
			if int(n) <= len(s) {
				return value.String(string(s[:n])), nil
			}
			padding := make([]rune, int(n)-len(s))
			for i := range padding {
				padding[i] = fill[i%len(fill)]
			}
			if left {
				return checkedString(string(padding) + string(s))
			}
			return checkedString(string(s) + string(padding))
		}})
	}
}

// substr counts characters of a STRING and bytes of BYTES, from 1; a negative
// position counts from the end.
func substr(_ *env, a []value.Value) (value.Value, error) {
	isText := a[0].Code() == value.CodeString
	runes, raw := []rune(nil), a[0].AsString()
	size := int64(len(raw))
	if isText {
		runes = []rune(raw)
		size = int64(len(runes))
	}
	start := a[1].AsInt64()
	switch {
	case start > 0:
		start--
	case start < 0:
		start = max(start+size, 0)
	}
	start = min(start, size)
	end := size
	if len(a) == 3 {
		if a[2].AsInt64() < 0 {
			return value.Null(), outOfRange("Third argument in SUBSTR() cannot be negative")
		}
		end = start + min(a[2].AsInt64(), size-start)
	}
	if isText {
		return value.String(string(runes[start:end])), nil
	}
	return value.BytesOf(raw[start:end]), nil
}

// regexps keeps compiled patterns; it is emptied when it has grown.
var regexps = struct {
	sync.Mutex
	byText map[string]*regexp.Regexp
}{byText: map[string]*regexp.Regexp{}}

const maxRegexps = 200

func compiled(pattern string) (*regexp.Regexp, error) {
	regexps.Lock()
	defer regexps.Unlock()
	if re, ok := regexps.byText[pattern]; ok {
		return re, nil
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, outOfRange("Cannot parse regular expression: %v", err)
	}
	if len(regexps.byText) >= maxRegexps {
		clear(regexps.byText)
	}
	regexps.byText[pattern] = re
	return re, nil
}

func defineRegexps() {
	define("REGEXP_EXTRACT", signature{args: types(tString, tString), ret: tString, fn: func(_ *env, a []value.Value) (value.Value, error) {
		re, err := compiled(a[1].AsString())
		if err != nil {
			return value.Null(), err
		}
		if re.NumSubexp() > 1 {
			return value.Null(), outOfRange("Regular expressions passed into extraction functions must not have more than 1 capturing group")
		}
		m := re.FindStringSubmatchIndex(a[0].AsString())
		if m == nil || m[len(m)-2] < 0 {
			return value.Null(), nil
		}
		return value.String(a[0].AsString()[m[len(m)-2]:m[len(m)-1]]), nil
	}})
	define("REGEXP_REPLACE", signature{args: types(tString, tString, tString), ret: tString, fn: func(_ *env, a []value.Value) (value.Value, error) {
		re, err := compiled(a[1].AsString())
		if err != nil {
			return value.Null(), err
		}
		return checkedString(re.ReplaceAllString(a[0].AsString(), goTemplate(a[2].AsString())))
	}})
}

// goTemplate turns \1 into ${1}, as Go's expansion has it.
func goTemplate(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '$':
			out.WriteString("$$")
		case s[i] == '\\' && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9':
			i++
			out.WriteString("${" + s[i:i+1] + "}")
		case s[i] == '\\' && i+1 < len(s):
			i++
			out.WriteByte(s[i])
		default:
			out.WriteByte(s[i])
		}
	}
	return out.String()
}
