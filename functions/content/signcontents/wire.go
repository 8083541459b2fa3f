package signcontents

import (
	"context"

	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/content/contentdb"
	"github.com/kwipper/kwipper/shared/content/contentstorage"
	"github.com/kwipper/kwipper/shared/platform"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

func wire(ctx context.Context) (*content.Library, error) {
	database, err := spannerdb.Open(ctx, "content")
	if err != nil {
		return nil, err
	}
	storage, err := contentstorage.OpenDelivery(ctx)
	if err != nil {
		return nil, err
	}
	return &content.Library{Store: contentdb.Store{Client: database}, Storage: storage, Clock: platform.Clock()}, nil
}
