package listoperations

import (
	"context"

	"github.com/kwipper/kwipper/shared/enrollment"
	"github.com/kwipper/kwipper/shared/platform"
	"github.com/kwipper/kwipper/shared/platform/pagetoken"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
)

type dependencies struct {
	sagas  *sagadb.Store
	tokens *pagetoken.Codec
}

func wire(ctx context.Context) (dependencies, error) {
	database, err := spannerdb.OpenAs(ctx, "saga", "saga_viewer")
	if err != nil {
		return dependencies{}, err
	}
	tokens, err := pagetoken.Open()
	if err != nil {
		return dependencies{}, err
	}
	sagas := sagadb.New(database, nil, enrollment.Registry(), platform.Clock()) // it only reads
	return dependencies{sagas, tokens}, nil
}
