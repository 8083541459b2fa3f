package operation

import (
	"context"
	"time"

	"github.com/kwipper/kwipper/shared/platform/pagetoken"
	"github.com/kwipper/kwipper/shared/saga"
)

// Lister reads a page of sagas, and says at which timestamp.
type Lister interface {
	List(ctx context.Context, page saga.Page) (found []saga.Saga, readTime time.Time, err error)
}

// Tokens makes and reads page tokens.
type Tokens interface {
	Encode(token pagetoken.Token, filter any) (string, error)
	Decode(text string, filter any) (pagetoken.Token, error)
}

// Listed is a page of operations.
type Listed struct {
	Operations    []Operation `json:"operations"`
	NextPageToken string      `json:"nextPageToken,omitempty"`
}

// filter is what a page token is bound to.
type filter struct {
	List  string `json:"list"`
	Owner string `json:"owner"`
}

// List returns the unfinished operations of owner, newest first. All pages of a list are
// read at the timestamp of its first.
func List(ctx context.Context, sagas Lister, tokens Tokens, owner string, size int, token string) (Listed, error) {
	bound := filter{List: "operations", Owner: owner}
	from, err := tokens.Decode(token, bound)
	if err != nil {
		return Listed{}, err
	}
	page := saga.Page{Owner: owner, Size: pagetoken.Coerce(size) + 1, ReadTime: from.ReadTime}
	if page.AfterTime, page.AfterID, err = from.Place(); err != nil {
		return Listed{}, err
	}
	found, readTime, err := sagas.List(ctx, page)
	if err != nil {
		return Listed{}, err
	}
	listed := Listed{Operations: []Operation{}}
	if len(found) == page.Size { // one more than was asked for: there is a next page
		found = found[:len(found)-1]
		last := found[len(found)-1]
		next := pagetoken.Token{ReadTime: readTime, LastKey: []string{last.StartTime.Format(time.RFC3339Nano), last.ID}}
		if listed.NextPageToken, err = tokens.Encode(next, bound); err != nil {
			return Listed{}, err
		}
	}
	for _, s := range found {
		listed.Operations = append(listed.Operations, Of(s))
	}
	return listed, nil
}
