package getuser

import (
	"context"

	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/user"
	"github.com/kwipper/kwipper/shared/user/userdb"
)

func wire(ctx context.Context) (user.Store, error) {
	database, err := spannerdb.Open(ctx, "user")
	if err != nil {
		return nil, err
	}
	return userdb.New(database), nil
}
