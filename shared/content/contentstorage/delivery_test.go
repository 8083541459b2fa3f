package contentstorage_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/content/contentstorage"
)

const cdnKey = "k1:AAECAwQFBgcICQoLDA0ODw=="

func TestViewersAreSentToTheCDNWhereThereIsOne(t *testing.T) {
	w := newWorld(t)
	movie := w.ready(movie(100))
	page := w.create(content.Draft{Kind: content.File, Filename: "page.html", MimeType: "text/html", SizeBytes: 10})
	_, err := w.store.ChangeContent(t.Context(), course, item, page.ID, func(c *content.Content) error { c.State = content.Ready; return nil })
	require.NoError(t, err)
	hosts := func() map[string][2]string {
		delivery, err := contentstorage.OpenDelivery(t.Context())
		require.NoError(t, err)
		library := *w.library
		library.Storage = delivery
		signed, err := library.Sign(t.Context(), "jp-tutor", course, item)
		require.NoError(t, err)
		found := map[string][2]string{}
		for _, s := range signed {
			uri, err := url.Parse(s.URI)
			require.NoError(t, err)
			download, err := url.Parse(s.DownloadURI)
			require.NoError(t, err)
			found[s.Name] = [2]string{uri.Hostname(), download.Hostname()}
			if uri.Hostname() == "media.kwipper.example" {
				assert.Equal(t, "/"+movie.Object, uri.Path)
				assert.InDelta(t, content.MaxURLLife.Seconds(), time.Until(s.ExpireTime).Seconds(), 5)
			}
		}
		return found
	}
	const storage, cdn = "127.0.0.1", "media.kwipper.example"
	assert.Equal(t, map[string][2]string{movie.Name(): {storage, storage}, page.Name(): {storage, storage}}, hosts())

	t.Setenv("MEDIA_HOST", cdn)
	t.Setenv("MEDIA_CDN_KEY", cdnKey)
	assert.Equal(t, map[string][2]string{movie.Name(): {cdn, storage}, page.Name(): {storage, storage}}, hosts(),
		"what is saved under a name, and what a browser would run, is not the CDN's")
}

func TestACDNWithoutAKeyIsNoneToOpen(t *testing.T) {
	newWorld(t)
	t.Setenv("MEDIA_HOST", "media.kwipper.example")
	_, err := contentstorage.OpenDelivery(t.Context())
	require.ErrorContains(t, err, "MEDIA_CDN_KEY")
	t.Setenv("MEDIA_CDN_KEY", "later")
	_, err = contentstorage.OpenDelivery(t.Context())
	require.ErrorContains(t, err, "MEDIA_CDN_KEY")
}
