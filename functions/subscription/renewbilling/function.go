// Package renewbilling is the function RenewBilling: it starts the saga that charges one period of a
// subscription, when its task says that it is time.
package renewbilling

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/platform/event"
	"github.com/kwipper/kwipper/shared/subscription"
)

func init() { functions.HTTP("RenewBilling", Handle) }

var handler = event.Task("RenewBilling", wire, serve)

// Handle serves RenewBilling.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, renewer *subscription.Renewer, due subscription.DueRenewal) error {
	return renewer.Renew(ctx, due)
}
