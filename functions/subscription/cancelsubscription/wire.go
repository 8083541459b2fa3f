package cancelsubscription

import (
	"context"

	"github.com/kwipper/kwipper/shared/enrollment"
	"github.com/kwipper/kwipper/shared/platform"
	"github.com/kwipper/kwipper/shared/platform/pubsubclient"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
	"github.com/kwipper/kwipper/shared/subscription"
	"github.com/kwipper/kwipper/shared/subscription/subscriptiondb"
)

func wire(ctx context.Context) (*subscription.Desk, error) {
	database, err := spannerdb.Open(ctx, "subscription")
	if err != nil {
		return nil, err
	}
	sagas, err := spannerdb.OpenAs(ctx, "saga", "saga_starter")
	if err != nil {
		return nil, err
	}
	publisher, err := pubsubclient.Open(ctx)
	if err != nil {
		return nil, err
	}
	return &subscription.Desk{
		Store: subscriptiondb.Store{Client: database},
		Sagas: sagadb.New(sagas, publisher, enrollment.Registry(), platform.Clock()),
		Clock: platform.Clock(),
	}, nil
}
