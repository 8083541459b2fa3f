// Package refund is the function Refund: it returns what a payment charged, as a
// compensation or because a refund was asked for.
package refund

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/event"
)

func init() { functions.HTTP("Refund", Handle) }

var handler = event.Command("Refund", wire, serve)

// Handle serves Refund.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, p *billing.Participant, cmd message.Command) (message.Reply, error) {
	return message.Reply{}, p.Refund(ctx, cmd) // the participant sends what replies there are
}
