package value

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// maxJSONNesting is the nesting that Spanner allows in a JSON value.
const maxJSONNesting = 80

// JSONDoc is a decoded JSON value: nil, bool, json.Number, string, []any or map[string]any.
type JSONDoc = any

// NormalizeJSON checks text and returns it as Spanner stores it: no white
// space, keys sorted, of equal keys the first kept, numbers exact.
func NormalizeJSON(text string) (string, error) {
	doc, err := ParseJSON(text)
	if err != nil {
		return "", err
	}
	return JSONText(doc), nil
}

// RoundJSON is NormalizeJSON, but numbers that cannot be kept are rounded to the
// nearest FLOAT64.
func RoundJSON(text string) (string, error) {
	doc, err := parseJSON(text, roundNumber)
	if err != nil {
		return "", err
	}
	return JSONText(doc), nil
}

// ParseJSON decodes JSON text.
func ParseJSON(text string) (JSONDoc, error) { return parseJSON(text, normalizeNumber) }

type numberReader func(json.Number) (json.Number, error)

func parseJSON(text string, number numberReader) (JSONDoc, error) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	doc, err := parseJSONValue(dec, 0, number)
	if err != nil {
		return nil, fmt.Errorf("invalid JSON: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("invalid JSON: text after the value")
	}
	return doc, nil
}

func parseJSONValue(dec *json.Decoder, depth int, number numberReader) (JSONDoc, error) {
	if depth > maxJSONNesting {
		return nil, fmt.Errorf("nested more than %d deep", maxJSONNesting)
	}
	tok, err := dec.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := tok.(json.Delim)
	if !ok {
		if n, isNumber := tok.(json.Number); isNumber {
			return number(n)
		}
		return tok, nil
	}
	if delim == '[' {
		list := []any{}
		for dec.More() {
			v, err := parseJSONValue(dec, depth+1, number)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err = dec.Token()
		return list, err
	}
	object := map[string]any{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		v, err := parseJSONValue(dec, depth+1, number)
		if err != nil {
			return nil, err
		}
		name, _ := key.(string)
		if _, dup := object[name]; !dup {
			object[name] = v
		}
	}
	_, err = dec.Token()
	return object, err
}

// normalizeNumber keeps integers of 64 bits as they are and refuses what a FLOAT64 cannot hold exactly round trip.
func normalizeNumber(n json.Number) (json.Number, error) {
	text := n.String()
	if i, err := strconv.ParseInt(text, 10, 64); err == nil && text != "-0" {
		return json.Number(strconv.FormatInt(i, 10)), nil
	}
	if u, err := strconv.ParseUint(text, 10, 64); err == nil {
		return json.Number(strconv.FormatUint(u, 10)), nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return "", fmt.Errorf("number %s is out of range", text)
	}
	// Shortest first; 17 digits tell every FLOAT64 from the others, so what is
	// written with them comes back so.
	for _, out := range []string{jsonFloat(f), strconv.FormatFloat(f, 'g', 17, 64)} {
		if sameDecimal(text, out) {
			return json.Number(out), nil
		}
	}
	return "", fmt.Errorf("number %s cannot be kept without loss of precision", text)
}

func roundNumber(n json.Number) (json.Number, error) {
	if out, err := normalizeNumber(n); err == nil {
		return out, nil
	}
	f, err := n.Float64()
	if err != nil {
		return "", fmt.Errorf("number %s is out of range", n)
	}
	return json.Number(jsonFloat(f)), nil
}

func sameDecimal(a, b string) bool {
	if len(a) > 400 {
		return false
	}
	x, ok1 := new(big.Rat).SetString(a)
	y, ok2 := new(big.Rat).SetString(b)
	return ok1 && ok2 && x.Cmp(y) == 0
}

func jsonFloat(f float64) string {
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.FormatFloat(f, 'f', 1, 64)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// JSONText writes a decoded JSON value as Spanner stores it.
func JSONText(doc JSONDoc) string {
	var out bytes.Buffer
	writeJSON(&out, doc)
	return out.String()
}

func writeJSON(out *bytes.Buffer, doc JSONDoc) {
	switch d := doc.(type) {
	case nil:
		out.WriteString("null")
	case bool:
		out.WriteString(strconv.FormatBool(d))
	case json.Number:
		out.WriteString(d.String())
	case string:
		writeJSONString(out, d)
	case []any:
		out.WriteByte('[')
		for i, e := range d {
			if i > 0 {
				out.WriteByte(',')
			}
			writeJSON(out, e)
		}
		out.WriteByte(']')
	case map[string]any:
		keys := make([]string, 0, len(d))
		for k := range d {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		out.WriteByte('{')
		for i, k := range keys {
			if i > 0 {
				out.WriteByte(',')
			}
			writeJSONString(out, k)
			out.WriteByte(':')
			writeJSON(out, d[k])
		}
		out.WriteByte('}')
	}
}

func writeJSONString(out *bytes.Buffer, s string) {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err == nil { // a string always encodes
		out.Truncate(out.Len() - 1) // the encoder's line feed
	}
}
