// Package pay is the function Pay: it charges an invoice for a saga.
package pay

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/event"
)

func init() { functions.HTTP("Pay", Handle) }

var handler = event.Command("Pay", wire, serve)

// Handle serves Pay.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, p *billing.Participant, cmd message.Command) (message.Reply, error) {
	return message.Reply{}, p.Pay(ctx, cmd) // the participant sends what replies there are
}
