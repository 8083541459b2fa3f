package getpaymentmethod

import (
	"context"

	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/billing/billingdb"
	"github.com/kwipper/kwipper/shared/platform"
	"github.com/kwipper/kwipper/shared/platform/paymentgateway"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

func wire(ctx context.Context) (*billing.Wallet, error) {
	database, err := spannerdb.Open(ctx, "billing")
	if err != nil {
		return nil, err
	}
	gateway, err := paymentgateway.Open()
	if err != nil {
		return nil, err
	}
	return &billing.Wallet{Store: billingdb.Store{Client: database}, Gateway: gateway, Clock: platform.Clock()}, nil
}
