package course

import (
	"time"

	"github.com/kwipper/kwipper/shared/platform/pagetoken"
)

// pageOf returns what to read for a page token.
func pageOf(tokens Tokens, text string, filter any, size int, staleness time.Duration) (Page, error) {
	token, err := tokens.Decode(text, filter)
	if err != nil {
		return Page{}, err
	}
	p := Page{Limit: pagetoken.Coerce(size), ReadTime: token.ReadTime, Staleness: staleness}
	if len(token.LastKey) > 0 {
		p.After = token.LastKey[0]
	}
	return p, nil
}

// next returns the token for what follows after, all of it as of readTime.
func next(tokens Tokens, after string, readTime time.Time, filter any) (string, error) {
	return tokens.Encode(pagetoken.Token{ReadTime: readTime, LastKey: []string{after}}, filter)
}
