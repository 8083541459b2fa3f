package checkledger

import (
	"context"

	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/billing/billingdb"
	"github.com/kwipper/kwipper/shared/platform"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

func wire(ctx context.Context) (*billing.Auditor, error) {
	database, err := spannerdb.Open(ctx, "billing")
	if err != nil {
		return nil, err
	}
	return &billing.Auditor{Ledger: billingdb.Store{Client: database}, Clock: platform.Clock()}, nil
}
