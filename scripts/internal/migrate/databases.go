package migrate

import (
	"github.com/kwipper/kwipper/shared/billing/billingdb"
	"github.com/kwipper/kwipper/shared/content/contentdb"
	"github.com/kwipper/kwipper/shared/course/coursedb"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
	"github.com/kwipper/kwipper/shared/subscription/subscriptiondb"
	"github.com/kwipper/kwipper/shared/user/userdb"
)

// Databases returns the migrations of each database of Kwipper, by its name.
func Databases() map[string][]spannerdb.Migration {
	return map[string][]spannerdb.Migration{
		"billing": billingdb.Migrations(), "content": contentdb.Migrations(), "course": coursedb.Migrations(),
		"saga": sagadb.Migrations(), "subscription": subscriptiondb.Migrations(), "user": userdb.Migrations(),
	}
}
