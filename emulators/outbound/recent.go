package outbound

// Recent keeps the latest Limit entries. It is not safe for concurrent use.
type Recent[T any] struct {
	Limit   int
	entries []T
	next    int // where the next one goes once full
}

// Add remembers an entry and returns the one that it displaced, if any.
func (r *Recent[T]) Add(entry T) (displaced T, full bool) {
	if len(r.entries) < r.Limit {
		r.entries = append(r.entries, entry)
		return displaced, false
	}
	displaced = r.entries[r.next]
	r.entries[r.next] = entry
	r.next = (r.next + 1) % r.Limit
	return displaced, true
}

// NewestFirst returns a copy of the entries.
func (r *Recent[T]) NewestFirst() []T {
	all := make([]T, 0, len(r.entries))
	for i := range r.entries {
		all = append(all, r.entries[(r.next+len(r.entries)-1-i)%len(r.entries)])
	}
	return all
}
