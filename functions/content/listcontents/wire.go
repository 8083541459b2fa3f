package listcontents

import (
	"context"

	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/content/contentdb"
	"github.com/kwipper/kwipper/shared/platform"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

func wire(ctx context.Context) (*content.Library, error) {
	database, err := spannerdb.Open(ctx, "content")
	if err != nil {
		return nil, err
	}
	return &content.Library{Store: contentdb.Store{Client: database}, Clock: platform.Clock()}, nil
}
