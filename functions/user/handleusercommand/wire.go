package handleusercommand

import (
	"context"

	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/user"
	"github.com/kwipper/kwipper/shared/user/userdb"
)

func wire(ctx context.Context) (user.Commands, error) {
	database, err := spannerdb.Open(ctx, "user")
	if err != nil {
		return user.Commands{}, err
	}
	store := userdb.New(database)
	return user.Commands{Store: store, Enrollments: store}, nil
}
