package listprogress

import (
	"context"

	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/content/contentdb"
	"github.com/kwipper/kwipper/shared/platform"
	"github.com/kwipper/kwipper/shared/platform/pagetoken"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

func wire(ctx context.Context) (dependencies, error) {
	database, err := spannerdb.Open(ctx, "content")
	if err != nil {
		return dependencies{}, err
	}
	tokens, err := pagetoken.Open()
	if err != nil {
		return dependencies{}, err
	}
	desk := &content.Desk{Store: contentdb.Store{Client: database}, Clock: platform.Clock()}
	return dependencies{desk: desk, tokens: tokens}, nil
}
