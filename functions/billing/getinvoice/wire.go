package getinvoice

import (
	"context"

	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/billing/billingdb"
	"github.com/kwipper/kwipper/shared/platform"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

func wire(ctx context.Context) (*billing.Cashier, error) {
	database, err := spannerdb.Open(ctx, "billing")
	if err != nil {
		return nil, err
	}
	return &billing.Cashier{Store: billingdb.Store{Client: database}, Clock: platform.Clock()}, nil
}
