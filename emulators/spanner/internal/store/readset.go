package store

import (
	"bytes"
	"slices"
	"sort"
)

// readSet holds the keys and ranges a transaction has read.
type readSet struct {
	keys   map[string]struct{}
	ranges []keyRange // sorted, disjoint
}

type keyRange struct{ start, end []byte } // half open; a nil end is the end of the store

func (r *readSet) empty() bool { return len(r.keys) == 0 && len(r.ranges) == 0 }

func (r *readSet) addKey(key []byte) {
	if r.keys == nil {
		r.keys = map[string]struct{}{}
	}
	r.keys[string(key)] = struct{}{}
}

func (r *readSet) addRange(start, end []byte) {
	added := keyRange{start: start, end: end}
	// The ranges in [from, to) touch the new one and melt into it.
	from := sort.Search(len(r.ranges), func(i int) bool { return !before(r.ranges[i].end, start) })
	to := from
	for to < len(r.ranges) && (end == nil || bytes.Compare(r.ranges[to].start, end) <= 0) {
		if bytes.Compare(r.ranges[to].start, added.start) < 0 {
			added.start = r.ranges[to].start
		}
		if added.end != nil && (r.ranges[to].end == nil || bytes.Compare(r.ranges[to].end, added.end) > 0) {
			added.end = r.ranges[to].end
		}
		to++
	}
	r.ranges = slices.Replace(r.ranges, from, to, added)
}

// before compares an end with a key.
func before(end, key []byte) bool { return end != nil && bytes.Compare(end, key) < 0 }

func (r *readSet) contains(key []byte) bool {
	if _, ok := r.keys[string(key)]; ok {
		return true
	}
	i := sort.Search(len(r.ranges), func(i int) bool {
		return r.ranges[i].end == nil || bytes.Compare(r.ranges[i].end, key) > 0
	})
	return i < len(r.ranges) && r.ranges[i].contains(key)
}

func (k keyRange) contains(key []byte) bool {
	return bytes.Compare(k.start, key) <= 0 && (k.end == nil || bytes.Compare(key, k.end) < 0)
}
