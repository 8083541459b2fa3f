package content

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kwipper/kwipper/shared/api"
)

// MaxURLLife is how long a signed URL lives at most.
const MaxURLLife = 4 * time.Hour

// Sign returns the signed URLs of all contents of an item that the user may have. They
// lapse no later than the user's access. URLs expire by machine time, access by business
// time.
func (l *Library) Sign(ctx context.Context, userID, courseID, itemID string) ([]api.SignedContent, error) {
	visible, until, err := l.Visible(ctx, userID, courseID, itemID)
	if err != nil {
		return nil, err
	}
	life := MaxURLLife
	if !until.IsZero() {
		life = min(life, until.Sub(l.Clock.Now())).Truncate(time.Second)
	}
	if life < 2*time.Second { // what is left cannot be signed
		return nil, subscriptionRequired(courseID)
	}
	expires := time.Now().Add(life).UTC()
	signed := []api.SignedContent{}
	for _, c := range visible {
		if c.State != Ready {
			continue
		}
		s, err := l.sign(c, expires)
		if err != nil {
			return nil, fmt.Errorf("sign the URLs of %s: %w", c.Name(), err)
		}
		signed = append(signed, s)
	}
	return signed, nil
}

// scripted are the types in which a browser runs scripts: opened in place they would act
// for the origin that media come from.
var scripted = []string{"text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml"}

func (l *Library) sign(c Content, expires time.Time) (api.SignedContent, error) {
	shownAs := "" // in place
	if slices.Contains(scripted, strings.ToLower(c.MimeType)) {
		shownAs = c.Filename
	}
	uri, err := l.Storage.Sign(c.Bucket, c.Object, c.MimeType, shownAs, expires)
	if err != nil {
		return api.SignedContent{}, err
	}
	download, err := l.Storage.Sign(c.Bucket, c.Object, c.MimeType, c.Filename, expires)
	if err != nil {
		return api.SignedContent{}, err
	}
	return api.SignedContent{
		Name: c.Name(), Kind: api.ContentKind(c.Kind), Filename: c.Filename, MimeType: c.MimeType, SizeBytes: c.SizeBytes,
		DurationSeconds: int32(c.DurationSeconds), URI: uri, DownloadURI: download, ExpireTime: promised(expires), //nolint:gosec // at most a day
	}, nil
}

// promised is until when a URL signed to expire then works for sure: signatures count in
// whole seconds from a whole second.
func promised(expires time.Time) time.Time { return expires.Truncate(time.Second).Add(-time.Second) }
