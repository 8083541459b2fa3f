// Package subscriptiontasks enqueues the tasks of the subscription service in Cloud Tasks.
package subscriptiontasks

import (
	"context"

	"github.com/kwipper/kwipper/shared/platform/tasksclient"
	"github.com/kwipper/kwipper/shared/subscription"
)

// Tasks enqueues through Client.
type Tasks struct {
	Client        *tasksclient.Client
	SweepQueue    string // queue of the parts of sweeps
	SweepFunction string // the function that sweeps
}

// EnqueueSweep enqueues a part of a sweep, once a name.
func (t Tasks) EnqueueSweep(ctx context.Context, name string, s subscription.Sweep) error {
	return t.Client.Enqueue(ctx, tasksclient.Task{Queue: t.SweepQueue, Name: name, Function: t.SweepFunction, Body: s})
}

// EnqueueRenewal enqueues a renewal for the time at which it is due, once a name and queue.
func (t Tasks) EnqueueRenewal(ctx context.Context, queue, name string, r subscription.DueRenewal) error {
	return t.Client.Enqueue(ctx, tasksclient.Task{
		Queue: queue, Name: name, Function: "RenewBilling", Body: r, ScheduleTime: r.RenewTime,
	})
}
