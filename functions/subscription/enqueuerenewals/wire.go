package enqueuerenewals

import (
	"context"

	"github.com/kwipper/kwipper/shared/hashring"
	"github.com/kwipper/kwipper/shared/platform"
	"github.com/kwipper/kwipper/shared/platform/config"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/platform/tasksclient"
	"github.com/kwipper/kwipper/shared/subscription"
	"github.com/kwipper/kwipper/shared/subscription/subscriptiondb"
	"github.com/kwipper/kwipper/shared/subscription/subscriptiontasks"
)

func wire(ctx context.Context) (*subscription.Enqueuer, error) {
	queues, err := config.List("TASK_QUEUES")
	if err != nil {
		return nil, err
	}
	ring, err := hashring.New(0, queues...)
	if err != nil {
		return nil, err
	}
	database, err := spannerdb.Open(ctx, "subscription")
	if err != nil {
		return nil, err
	}
	tasks, err := tasksclient.Open(ctx)
	if err != nil {
		return nil, err
	}
	return &subscription.Enqueuer{
		Store: subscriptiondb.Store{Client: database},
		Tasks: subscriptiontasks.Tasks{Client: tasks, SweepQueue: queues[0], SweepFunction: "EnqueueRenewals"},
		Ring:  ring, Clock: platform.Clock(),
	}, nil
}
