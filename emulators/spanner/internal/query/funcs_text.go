package query

import (
	"encoding/base32"
	"strings"
	"unicode/utf8"

	"github.com/cloudspannerecosystem/memefish/ast"
	"golang.org/x/text/unicode/norm"

	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

func init() {
	for _, t := range types(tString, tBytes) {
		define("REGEXP_EXTRACT_ALL", signature{args: types(t, t), ret: value.ArrayOf(t), fn: extractAll})
		define("TO_CODE_POINTS", signature{args: types(t), ret: value.ArrayOf(tInt), fn: toCodePoints})
	}
	define("CODE_POINTS_TO_STRING", signature{args: types(value.ArrayOf(tInt)), ret: tString, fn: codePointsToString})
	define("CODE_POINTS_TO_BYTES", signature{args: types(value.ArrayOf(tInt)), ret: tBytes, fn: codePointsToBytes})
	define("TO_BASE32", signature{args: types(tBytes), ret: tString, fn: func(_ *env, a []value.Value) (value.Value, error) {
		return value.String(base32.StdEncoding.EncodeToString(a[0].AsBytes())), nil
	}})
	define("FROM_BASE32", signature{args: types(tString), ret: tBytes, fn: func(_ *env, a []value.Value) (value.Value, error) {
		b, err := base32.StdEncoding.DecodeString(a[0].AsString())
		if err != nil {
			return value.Null(), outOfRange("Failed to decode invalid base32 string")
		}
		return value.Bytes(b), nil
	}})
	onText("SOUNDEX", func(s string) (value.Value, error) { return value.String(soundex(s)), nil }, tString)
	specials["NORMALIZE"], specials["NORMALIZE_AND_CASEFOLD"] = normalize, normalize
	defineOnBytes()
}

// ofKind returns text as STRING or BYTES, as like is.
func ofKind(like value.Value, text string) value.Value {
	if like.Code() == value.CodeBytes {
		return value.BytesOf(text)
	}
	return value.String(text)
}

func extractAll(_ *env, a []value.Value) (value.Value, error) {
	re, err := compiled(a[1].AsString())
	if err != nil {
		return value.Null(), err
	}
	if re.NumSubexp() > 1 {
		return value.Null(), outOfRange("Regular expressions passed into extraction functions must not have more than 1 capturing group")
	}
	elems := []value.Value{}
	for _, m := range re.FindAllStringSubmatch(a[0].AsString(), -1) {
		elems = append(elems, ofKind(a[0], m[len(m)-1]))
	}
	return value.Array(elems), nil
}

func toCodePoints(_ *env, a []value.Value) (value.Value, error) {
	elems := []value.Value{}
	if a[0].Code() == value.CodeBytes {
		for _, b := range a[0].AsBytes() {
			elems = append(elems, value.Int64(int64(b)))
		}
		return value.Array(elems), nil
	}
	for _, r := range a[0].AsString() {
		elems = append(elems, value.Int64(int64(r)))
	}
	return value.Array(elems), nil
}

func codePointsToString(_ *env, a []value.Value) (value.Value, error) {
	var out strings.Builder
	for _, v := range a[0].Elems() {
		if v.IsNull() {
			return value.Null(), nil
		}
		n := v.AsInt64()
		if n != int64(int32(n)) || !utf8.ValidRune(rune(n)) {
			return value.Null(), outOfRange("Invalid codepoint %d", n)
		}
		out.WriteRune(rune(n))
	}
	return checkedString(out.String())
}

func codePointsToBytes(_ *env, a []value.Value) (value.Value, error) {
	var out []byte
	for _, v := range a[0].Elems() {
		if v.IsNull() {
			return value.Null(), nil
		}
		if n := v.AsInt64(); n < 0 || n > 255 {
			return value.Null(), outOfRange("Invalid extended ASCII code point %d", n)
		}
		out = append(out, byte(v.AsInt64()))
	}
	return value.Bytes(out), nil
}

// soundexCodes are the digits of the letters A to Z; 0 parts equal digits, '-' does not.
const soundexCodes = "01230120022455012623010202"

// soundex returns the first letter of a word and three digits for how the rest sounds.
func soundex(s string) string {
	var out []byte
	last := byte('0')
	for i := range len(s) {
		c := s[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			continue
		}
		code := soundexCodes[c-'A']
		switch {
		case len(out) == 0:
			out = append(out, c)
		case c == 'H' || c == 'W':
			continue // letters around these count as neighbours
		case code != '0' && code != last:
			out = append(out, code)
		}
		if last = code; len(out) == 4 {
			break
		}
	}
	if len(out) == 0 {
		return ""
	}
	return (string(out) + "000")[:4]
}

var normalForms = map[string]norm.Form{"NFC": norm.NFC, "NFD": norm.NFD, "NFKC": norm.NFKC, "NFKD": norm.NFKD}

// normalize is NORMALIZE(text [, form]) and NORMALIZE_AND_CASEFOLD.
func normalize(a *analyzer, s *scope, c *ast.CallExpr) (expr, error) {
	name := functionName(c.Func)
	nodes, err := a.argNodes(c)
	if err != nil {
		return nil, err
	}
	if err := a.count(c, 1, 2); err != nil {
		return nil, err
	}
	form, formName := norm.NFC, "NFC"
	if len(nodes) == 2 {
		id, ok := nodes[1].(*ast.Ident)
		if ok {
			formName = strings.ToUpper(id.Name)
			form, ok = normalForms[formName]
		}
		if !ok {
			return nil, a.invalid(nodes[1].Pos(), "A valid normalization mode is required: NFC, NFD, NFKC or NFKD")
		}
	}
	args, err := a.typedArgs(s, nodes[:1], tString)
	if err != nil {
		return nil, err
	}
	fold := name == "NORMALIZE_AND_CASEFOLD"
	return &unary{name: name + " " + formName, a: args[0], t: tString, fn: func(v value.Value) (value.Value, error) {
		text := form.String(v.AsString())
		if fold {
			text = form.String(strings.ToLower(text))
		}
		return checkedString(text)
	}}, nil
}

// defineOnBytes defines for BYTES what exists for STRING: characters are bytes.
func defineOnBytes() {
	for name, fn := range map[string]func(string) string{"LOWER": asciiLower, "UPPER": asciiUpper, "REVERSE": reverseBytes} {
		define(name, signature{args: types(tBytes), ret: tBytes, fn: func(_ *env, a []value.Value) (value.Value, error) {
			return value.BytesOf(fn(a[0].AsString())), nil
		}})
	}
	define("REPLACE", signature{args: types(tBytes, tBytes, tBytes), ret: tBytes, fn: func(_ *env, a []value.Value) (value.Value, error) {
		s, old, by := a[0].AsString(), a[1].AsString(), a[2].AsString()
		if old == "" {
			return a[0], nil
		}
		if len(s)+strings.Count(s, old)*(len(by)-len(old)) > maxStringBytes {
			return value.Null(), outOfRange("Output of REPLACE exceeds the limit of %d bytes", maxStringBytes)
		}
		return value.BytesOf(strings.ReplaceAll(s, old, by)), nil
	}})
	define("REPEAT", signature{args: types(tBytes, tInt), ret: tBytes, fn: func(_ *env, a []value.Value) (value.Value, error) {
		n := a[1].AsInt64()
		if n < 0 || n > maxStringBytes || int(n)*len(a[0].AsString()) > maxStringBytes {
			return value.Null(), outOfRange("REPEAT count is negative or makes the output exceed %d bytes", maxStringBytes)
		}
		return value.BytesOf(strings.Repeat(a[0].AsString(), int(n))), nil
	}})
	define("SPLIT", signature{args: types(tBytes, tBytes), ret: value.ArrayOf(tBytes), fn: func(_ *env, a []value.Value) (value.Value, error) {
		text, by := a[0].AsString(), a[1].AsString()
		var elems []value.Value
		if by == "" {
			for i := range len(text) {
				elems = append(elems, value.BytesOf(text[i:i+1]))
			}
			return value.Array(elems), nil
		}
		for _, p := range strings.Split(text, by) {
			elems = append(elems, value.BytesOf(p))
		}
		return value.Array(elems), nil
	}})
	for name, sides := range map[string]string{"TRIM": "both", "LTRIM": "left", "RTRIM": "right"} {
		define(name, signature{args: types(tBytes, tBytes), ret: tBytes, fn: func(_ *env, a []value.Value) (value.Value, error) {
			return value.BytesOf(trimBytes(a[0].AsString(), a[1].AsString(), sides)), nil
		}})
	}
	for name, left := range map[string]bool{"LPAD": true, "RPAD": false} {
		define(name, signature{args: types(tBytes, tInt, tBytes), optional: 1, ret: tBytes, fn: func(_ *env, a []value.Value) (value.Value, error) {
			return padBytes(name, left, a)
		}})
	}
	define("REGEXP_EXTRACT", signature{args: types(tBytes, tBytes), ret: tBytes, fn: func(e *env, a []value.Value) (value.Value, error) {
		v, err := functions["REGEXP_EXTRACT"][0].fn(e, a)
		if err != nil || v.IsNull() {
			return v, err
		}
		return value.BytesOf(v.AsString()), nil
	}})
	define("REGEXP_REPLACE", signature{args: types(tBytes, tBytes, tBytes), ret: tBytes, fn: func(_ *env, a []value.Value) (value.Value, error) {
		re, err := compiled(a[1].AsString())
		if err != nil {
			return value.Null(), err
		}
		return value.BytesOf(re.ReplaceAllString(a[0].AsString(), goTemplate(a[2].AsString()))), nil
	}})
}

func asciiLower(s string) string {
	return string(mapBytes(s, 'A', 'Z', 0x20))
}

func asciiUpper(s string) string {
	return string(mapBytes(s, 'a', 'z', 0x20))
}

func mapBytes(s string, from, to, flip byte) []byte {
	out := []byte(s)
	for i, c := range out {
		if c >= from && c <= to {
			out[i] = c ^ flip
		}
	}
	return out
}

func reverseBytes(s string) string {
	out := []byte(s)
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return string(out)
}

func trimBytes(s, set, sides string) string {
	for sides != "right" && s != "" && strings.IndexByte(set, s[0]) >= 0 {
		s = s[1:]
	}
	for sides != "left" && s != "" && strings.IndexByte(set, s[len(s)-1]) >= 0 {
		s = s[:len(s)-1]
	}
	return s
}

func padBytes(name string, left bool, a []value.Value) (value.Value, error) {
	s, n, fill := a[0].AsString(), a[1].AsInt64(), " "
	if len(a) == 3 {
		fill = a[2].AsString()
	}
	if n < 0 || n > maxStringBytes || fill == "" {
		return value.Null(), outOfRange("%s needs a length of 0 to %d and a pattern", name, maxStringBytes)
	}
	if int(n) <= len(s) {
		return value.BytesOf(s[:n]), nil
	}
	missing := int(n) - len(s)
	padding := strings.Repeat(fill, missing/len(fill)+1)[:missing]
	if left {
		return value.BytesOf(padding + s), nil
	}
	return value.BytesOf(s + padding), nil
}
