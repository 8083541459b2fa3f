package subscribe

import (
	"context"

	"github.com/kwipper/kwipper/shared/enrollment"
	"github.com/kwipper/kwipper/shared/platform"
	"github.com/kwipper/kwipper/shared/platform/pubsubclient"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
)

func wire(ctx context.Context) (*sagadb.Store, error) {
	database, err := spannerdb.OpenAs(ctx, "saga", "saga_starter")
	if err != nil {
		return nil, err
	}
	publisher, err := pubsubclient.Open(ctx)
	if err != nil {
		return nil, err
	}
	return sagadb.New(database, publisher, enrollment.Registry(), platform.Clock()), nil
}
