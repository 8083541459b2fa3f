package rows

import (
	"bytes"
	"slices"

	"github.com/kwipper/kwipper/emulators/spanner/internal/schema"
	"github.com/kwipper/kwipper/emulators/spanner/internal/value"
)

// Range is a half-open range of encoded keys of one table or index. A nil
// Start is its beginning, a nil End its end.
type Range struct {
	Start, End []byte
	point      bool // it holds one key at most, Start
}

// Bound is one end of a range of values.
type Bound struct {
	Value     value.Value
	Inclusive bool
}

// All is the range of all keys.
func All() Range { return Range{} }

// Holds says whether a key is in the range.
func (r Range) Holds(key []byte) bool {
	return bytes.Compare(r.Start, key) <= 0 && (r.End == nil || bytes.Compare(key, r.End) < 0)
}

// Prefix is the range of the keys that begin with vals; with a value for each
// part it holds one key.
func Prefix(parts []schema.KeyPart, vals []value.Value) Range {
	start := AppendKey(nil, parts, vals)
	return Range{Start: start, End: value.PrefixEnd(start), point: len(vals) == len(parts)}
}

// Between is the range of the keys that begin with prefix and whose next part
// lies between the bounds, in the order of values: for a descending part the
// encoded range is turned round. Without lo it includes NULL.
func Between(parts []schema.KeyPart, prefix []value.Value, lo, hi *Bound) Range {
	base := AppendKey(nil, parts, prefix)
	desc := parts[len(prefix)].Desc
	if desc {
		lo, hi = hi, lo
	}
	out := Range{Start: base, End: value.PrefixEnd(base)}
	if lo != nil {
		out.Start = value.AppendKey(slices.Clone(base), lo.Value, desc)
		if !lo.Inclusive {
			out.Start = value.PrefixEnd(out.Start)
		}
	}
	if hi != nil {
		out.End = value.AppendKey(slices.Clone(base), hi.Value, desc)
		if hi.Inclusive {
			out.End = value.PrefixEnd(out.End)
		}
	}
	return out
}

// AppendKey appends the encoding of the first len(vals) parts of a key.
func AppendKey(dst []byte, parts []schema.KeyPart, vals []value.Value) []byte {
	for i, v := range vals {
		dst = value.AppendKey(dst, v, parts[i].Desc)
	}
	return dst
}

// SortRanges puts ranges in order, melts those that overlap and drops empty ones.
func SortRanges(ranges []Range) []Range {
	sorted := make([]Range, 0, len(ranges))
	for _, r := range ranges {
		if r.End == nil || bytes.Compare(r.Start, r.End) < 0 {
			sorted = append(sorted, r)
		}
	}
	slices.SortFunc(sorted, func(a, b Range) int { return bytes.Compare(a.Start, b.Start) })
	out := sorted[:0]
	for _, r := range sorted {
		if len(out) == 0 || out[len(out)-1].End != nil && bytes.Compare(out[len(out)-1].End, r.Start) < 0 {
			out = append(out, r)
			continue
		}
		last := &out[len(out)-1]
		last.point = last.point && r.point && bytes.Equal(last.Start, r.Start)
		if last.End != nil && (r.End == nil || bytes.Compare(r.End, last.End) > 0) {
			last.End = r.End
		}
	}
	return out
}

// Clip returns what of the ranges lies from start to end; a nil end is the end.
func Clip(ranges []Range, start, end []byte) []Range {
	out := []Range{}
	for _, r := range ranges {
		if bytes.Compare(r.Start, start) < 0 {
			r.Start, r.point = start, false
		}
		if end != nil && (r.End == nil || bytes.Compare(end, r.End) < 0) {
			r.End, r.point = end, false
		}
		if r.End == nil || bytes.Compare(r.Start, r.End) < 0 {
			out = append(out, r)
		}
	}
	return out
}
