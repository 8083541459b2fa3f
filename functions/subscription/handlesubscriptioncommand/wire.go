package handlesubscriptioncommand

import (
	"context"

	"github.com/kwipper/kwipper/shared/platform"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/subscription"
	"github.com/kwipper/kwipper/shared/subscription/subscriptiondb"
)

func wire(ctx context.Context) (*subscription.Participant, error) {
	database, err := spannerdb.Open(ctx, "subscription")
	if err != nil {
		return nil, err
	}
	return &subscription.Participant{Store: subscriptiondb.Store{Client: database}, Clock: platform.Clock()}, nil
}
