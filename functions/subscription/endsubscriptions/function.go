// Package endsubscriptions is the function EndSubscriptions: it starts the sagas that end what is cancelled
// or exhausted. The scheduler triggers it; it goes on shard by shard in tasks of its own.
package endsubscriptions

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/platform/event"
	"github.com/kwipper/kwipper/shared/subscription"
)

func init() { functions.HTTP("EndSubscriptions", Handle) }

var handler = event.Task("EndSubscriptions", wire, serve)

// Handle serves EndSubscriptions.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, e *subscription.Ender, s subscription.Sweep) error {
	return e.End(ctx, s)
}
