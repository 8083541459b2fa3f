// Package cancelsubscription is the function CancelSubscription: it cancels a subscription, at the end of what
// is paid or at once.
package cancelsubscription

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
	"github.com/kwipper/kwipper/shared/subscription"
)

func init() { functions.HTTP("CancelSubscription", Handle) }

var handler = httpapi.Operation("CancelSubscription", wire, serve)

// Handle serves CancelSubscription.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, desk *subscription.Desk, r *httpapi.Request) (*httpapi.Response, error) {
	user, err := r.User()
	if err != nil {
		return nil, err
	}
	var body api.CancelSubscriptionRequest
	if err := r.Decode(&body); err != nil {
		return nil, err
	}
	s, err := desk.Cancel(ctx, r.Key(), user, r.Path("subscription"), subscription.CancelMode(body.Mode))
	if err != nil {
		return nil, err
	}
	return httpapi.OK(s.Resource()), nil
}
