// Package handlesubscriptioncommand is the function HandleSubscriptionCommand: it serves the commands of
// sagas to the subscription service.
package handlesubscriptioncommand

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/event"
	"github.com/kwipper/kwipper/shared/subscription"
)

func init() { functions.HTTP("HandleSubscriptionCommand", Handle) }

var handler = event.Command("HandleSubscriptionCommand", wire, serve)

// Handle serves HandleSubscriptionCommand.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, p *subscription.Participant, cmd message.Command) (message.Reply, error) {
	return p.Handle(ctx, cmd)
}
