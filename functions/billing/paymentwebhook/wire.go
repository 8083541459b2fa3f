package paymentwebhook

import (
	"context"

	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/billing/billingdb"
	"github.com/kwipper/kwipper/shared/billing/billingtasks"
	"github.com/kwipper/kwipper/shared/platform"
	"github.com/kwipper/kwipper/shared/platform/paymentgateway"
	"github.com/kwipper/kwipper/shared/platform/pubsubclient"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

func wire(ctx context.Context) (*billing.Webhook, error) {
	database, err := spannerdb.Open(ctx, "billing")
	if err != nil {
		return nil, err
	}
	gateway, err := paymentgateway.OpenWebhook()
	if err != nil {
		return nil, err
	}
	tasks, err := billingtasks.Open(ctx, platform.Clock())
	if err != nil {
		return nil, err
	}
	publisher, err := pubsubclient.Open(ctx)
	if err != nil {
		return nil, err
	}
	store := billingdb.Store{Client: database}
	driver := &billing.Driver{Store: store, Gateway: gateway, Tasks: tasks, Clock: platform.Clock()}
	hook := &billing.Webhook{
		Events: store, Parser: gateway, Driver: driver, Replies: publisher,
		Wallet: &billing.Wallet{Store: store, Gateway: gateway, Clock: platform.Clock()},
	}
	return hook, nil
}
