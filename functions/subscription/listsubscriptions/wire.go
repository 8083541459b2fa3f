package listsubscriptions

import (
	"context"

	"github.com/kwipper/kwipper/shared/platform"
	"github.com/kwipper/kwipper/shared/platform/pagetoken"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/subscription"
	"github.com/kwipper/kwipper/shared/subscription/subscriptiondb"
)

func wire(ctx context.Context) (dependencies, error) {
	database, err := spannerdb.Open(ctx, "subscription")
	if err != nil {
		return dependencies{}, err
	}
	tokens, err := pagetoken.Open()
	if err != nil {
		return dependencies{}, err
	}
	desk := &subscription.Desk{Store: subscriptiondb.Store{Client: database}, Clock: platform.Clock()}
	return dependencies{desk: desk, tokens: tokens}, nil
}
