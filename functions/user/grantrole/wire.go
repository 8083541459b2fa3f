package grantrole

import (
	"context"

	"github.com/kwipper/kwipper/shared/platform/identityclient"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/user"
	"github.com/kwipper/kwipper/shared/user/userdb"
)

func wire(ctx context.Context) (user.Accounts, error) {
	database, err := spannerdb.Open(ctx, "user")
	if err != nil {
		return user.Accounts{}, err
	}
	identities, err := identityclient.Open(ctx)
	if err != nil {
		return user.Accounts{}, err
	}
	return user.Accounts{Store: userdb.New(database), Identities: identities}, nil
}
