package finalizeupload

import (
	"context"

	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/content/contentdb"
	"github.com/kwipper/kwipper/shared/content/contentstorage"
	"github.com/kwipper/kwipper/shared/platform"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

func wire(ctx context.Context) (*content.Finalizer, error) {
	database, err := spannerdb.Open(ctx, "content")
	if err != nil {
		return nil, err
	}
	storage, err := contentstorage.Open(ctx)
	if err != nil {
		return nil, err
	}
	return &content.Finalizer{Store: contentdb.Store{Client: database}, Objects: storage, Clock: platform.Clock()}, nil
}
