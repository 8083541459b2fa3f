package endsubscriptions

import (
	"context"

	"github.com/kwipper/kwipper/shared/enrollment"
	"github.com/kwipper/kwipper/shared/platform"
	"github.com/kwipper/kwipper/shared/platform/config"
	"github.com/kwipper/kwipper/shared/platform/pubsubclient"
	"github.com/kwipper/kwipper/shared/platform/spannerdb"
	"github.com/kwipper/kwipper/shared/platform/tasksclient"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
	"github.com/kwipper/kwipper/shared/subscription"
	"github.com/kwipper/kwipper/shared/subscription/subscriptiondb"
	"github.com/kwipper/kwipper/shared/subscription/subscriptiontasks"
)

func wire(ctx context.Context) (*subscription.Ender, error) {
	queues, err := config.List("TASK_QUEUES")
	if err != nil {
		return nil, err
	}
	database, err := spannerdb.Open(ctx, "subscription")
	if err != nil {
		return nil, err
	}
	sagas, err := spannerdb.OpenAs(ctx, "saga", "saga_starter")
	if err != nil {
		return nil, err
	}
	publisher, err := pubsubclient.Open(ctx)
	if err != nil {
		return nil, err
	}
	tasks, err := tasksclient.Open(ctx)
	if err != nil {
		return nil, err
	}
	return &subscription.Ender{
		Store: subscriptiondb.Store{Client: database},
		Tasks: subscriptiontasks.Tasks{Client: tasks, SweepQueue: queues[0], SweepFunction: "EndSubscriptions"},
		Sagas: sagadb.New(sagas, publisher, enrollment.Registry(), platform.Clock()),
		Clock: platform.Clock(),
	}, nil
}
