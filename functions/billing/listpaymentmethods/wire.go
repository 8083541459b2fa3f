package listpaymentmethods

import (
	"context"

	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/billing/billingdb"
	"github.com/kwipper/kwipper/shared/platform"
	"github.com/kwipper/kwipper/shared/platform/pagetoken"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

func wire(ctx context.Context) (dependencies, error) {
	database, err := spannerdb.Open(ctx, "billing")
	if err != nil {
		return dependencies{}, err
	}
	tokens, err := pagetoken.Open()
	if err != nil {
		return dependencies{}, err
	}
	return dependencies{wallet: &billing.Wallet{Store: billingdb.Store{Client: database}, Clock: platform.Clock()}, tokens: tokens}, nil
}
