// Package billingtasks enqueues the tasks of the billing service in Cloud Tasks.
package billingtasks

import (
	"context"
	"fmt"
	"time"

	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/platform/config"
	"github.com/kwipper/kwipper/shared/platform/tasksclient"
)

// Tasks enqueues into Queue through Client.
type Tasks struct {
	Client *tasksclient.Client
	Queue  string
	Clock  clock.Clock
}

// Open returns tasks for the queue PAYMENT_QUEUE.
func Open(ctx context.Context, c clock.Clock) (Tasks, error) {
	queue, err := config.String("PAYMENT_QUEUE")
	if err != nil {
		return Tasks{}, err
	}
	client, err := tasksclient.Open(ctx)
	if err != nil {
		return Tasks{}, err
	}
	return Tasks{Client: client, Queue: queue, Clock: c}, nil
}

// EnqueueRetry schedules t after a delay; the same task is scheduled once.
func (t Tasks) EnqueueRetry(ctx context.Context, task billing.RetryTask, delay time.Duration) error {
	return t.Client.Enqueue(ctx, tasksclient.Task{
		Queue: t.Queue, Name: fmt.Sprintf("retry %s%s %d", task.PaymentID, task.EventID, task.Attempt),
		Function: "RetryPayment", Body: task, ScheduleTime: t.Clock.Now().Add(delay),
	})
}
