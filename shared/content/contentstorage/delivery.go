package contentstorage

import (
	"context"
	"fmt"
	"time"

	"github.com/kwipper/kwipper/shared/platform/config"
	"github.com/kwipper/kwipper/shared/platform/mediacdn"
)

// Delivery is the storage with addresses for viewers: those to watch and read in place are
// the CDN's where there is one, those to save are Cloud Storage's, which can name the file.
type Delivery struct {
	Storage
	CDN *mediacdn.Signer // nil: all are Cloud Storage's
}

// OpenDelivery returns the delivery that the environment names: through the CDN at MEDIA_HOST,
// signed with MEDIA_CDN_KEY, if MEDIA_HOST is set.
func OpenDelivery(ctx context.Context) (Delivery, error) {
	storage, err := Open(ctx)
	if err != nil {
		return Delivery{}, err
	}
	host := config.Optional("MEDIA_HOST", "")
	if host == "" {
		return Delivery{Storage: storage}, nil
	}
	key, err := config.String("MEDIA_CDN_KEY")
	if err != nil {
		return Delivery{}, err
	}
	cdn, err := mediacdn.New(host, key)
	if err != nil {
		return Delivery{}, fmt.Errorf("environment variables MEDIA_HOST and MEDIA_CDN_KEY: %w", err)
	}
	return Delivery{Storage: storage, CDN: cdn}, nil
}

// Sign returns a URL of an object until expires. The CDN serves an object as what it was
// uploaded as, which the upload session fixed: mimeType.
func (d Delivery) Sign(bucket, object, mimeType, filename string, expires time.Time) (string, error) {
	if d.CDN == nil || filename != "" {
		return d.Storage.Sign(bucket, object, mimeType, filename, expires)
	}
	return d.CDN.Sign(object, expires)
}
