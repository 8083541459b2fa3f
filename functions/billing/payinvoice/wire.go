package payinvoice

import (
	"context"

	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/billing/billingdb"
	"github.com/kwipper/kwipper/shared/enrollment"
	"github.com/kwipper/kwipper/shared/platform"
	"github.com/kwipper/kwipper/shared/platform/pubsubclient"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
)

func wire(ctx context.Context) (dependencies, error) {
	database, err := spannerdb.Open(ctx, "billing")
	if err != nil {
		return dependencies{}, err
	}
	sagaDatabase, err := spannerdb.OpenAs(ctx, "saga", "saga_starter")
	if err != nil {
		return dependencies{}, err
	}
	publisher, err := pubsubclient.Open(ctx)
	if err != nil {
		return dependencies{}, err
	}
	sagas := sagadb.New(sagaDatabase, publisher, enrollment.Registry(), platform.Clock())
	cashier := &billing.Cashier{Store: billingdb.Store{Client: database}, Sagas: sagas, Clock: platform.Clock()}
	return dependencies{cashier: cashier, sagas: sagas}, nil
}
