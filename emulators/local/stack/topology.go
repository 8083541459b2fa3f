package stack

import (
	"github.com/kwipper/kwipper/shared/billing/billingdb"
	"github.com/kwipper/kwipper/shared/content/contentdb"
	"github.com/kwipper/kwipper/shared/course/coursedb"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
	"github.com/kwipper/kwipper/shared/subscription/subscriptiondb"
	"github.com/kwipper/kwipper/shared/topology"
	"github.com/kwipper/kwipper/shared/user/userdb"
)

// The names of the project that the stack plays.
const (
	Project  = "kwipper-local"
	Region   = "local"
	Instance = "projects/" + Project + "/instances/kwipper"
)

// schemas are the databases with their DDL.
var schemas = map[string]func() []string{
	"user": userdb.Schema, "course": coursedb.Schema, "content": contentdb.Schema,
	"subscription": subscriptiondb.Schema, "billing": billingdb.Schema, "saga": sagadb.Schema,
}

func buckets() []string {
	names := make([]string, len(topology.Countries))
	for i, c := range topology.Countries {
		names[i] = "kwipper-media-" + c
	}
	return names
}
