package pagetoken

import (
	"time"

	"github.com/kwipper/kwipper/shared/fault"
)

// Page sizes: what is given when none is asked for, and the most.
const (
	DefaultPageSize = 50
	MaxPageSize     = 200
)

// Coerce returns the page size for what a caller asked for (AIP-158).
func Coerce(asked int) int {
	if asked <= 0 {
		return DefaultPageSize
	}
	return min(asked, MaxPageSize)
}

// Newest returns one page of a list that is read strongly and ordered by time, newest
// first, and by id among the same time, with the token of the next page. read returns at
// most limit entries that come after the given one; the zero time is the beginning. key
// returns an entry's place.
func Newest[T any](
	c *Codec, filter any, size int, token string,
	read func(limit int, before time.Time, afterID string) ([]T, error),
	key func(T) (time.Time, string),
) (page []T, next string, err error) {
	from, err := c.Decode(token, filter)
	if err != nil {
		return nil, "", err
	}
	before, afterID, err := from.Place()
	if err != nil {
		return nil, "", err
	}
	size = Coerce(size)
	found, err := read(size+1, before, afterID) // one more tells whether there is a next page
	if err != nil || len(found) <= size {
		return found, "", err
	}
	found = found[:size]
	at, id := key(found[size-1])
	next, err = c.Encode(Token{LastKey: []string{at.UTC().Format(time.RFC3339Nano), id}}, filter)
	return found, next, err
}

// Place returns the time and the id of the last entry seen, of a list that is ordered by
// them; the zero time is the beginning. It refuses the token of a list ordered otherwise.
func (t Token) Place() (time.Time, string, error) {
	if t.IsZero() {
		return time.Time{}, "", nil
	}
	if len(t.LastKey) == 2 {
		if at, err := time.Parse(time.RFC3339Nano, t.LastKey[0]); err == nil {
			return at, t.LastKey[1], nil
		}
	}
	return time.Time{}, "", fault.New(fault.InvalidArgument, ReasonInvalid, "pageToken: is not one of this list")
}
