package getoperation

import (
	"context"

	"github.com/kwipper/kwipper/shared/enrollment"
	"github.com/kwipper/kwipper/shared/platform"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
)

func wire(ctx context.Context) (*sagadb.Store, error) {
	database, err := spannerdb.OpenAs(ctx, "saga", "saga_viewer")
	if err != nil {
		return nil, err
	}
	return sagadb.New(database, nil, enrollment.Registry(), platform.Clock()), nil // it only reads
}
