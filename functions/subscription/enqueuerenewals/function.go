// Package enqueuerenewals is the function EnqueueRenewals: it turns renewals that come due into tasks.
// The scheduler triggers it; it goes on shard by shard in tasks of its own.
package enqueuerenewals

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/platform/event"
	"github.com/kwipper/kwipper/shared/subscription"
)

func init() { functions.HTTP("EnqueueRenewals", Handle) }

var handler = event.Task("EnqueueRenewals", wire, serve)

// Handle serves EnqueueRenewals.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, e *subscription.Enqueuer, s subscription.Sweep) error {
	return e.Enqueue(ctx, s)
}
