// Package getsubscription is the function GetSubscription: it shows a learner one of their subscriptions.
package getsubscription

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/platform/httpapi"
	"github.com/kwipper/kwipper/shared/subscription"
)

func init() { functions.HTTP("GetSubscription", Handle) }

var handler = httpapi.Operation("GetSubscription", wire, serve)

// Handle serves GetSubscription.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, desk *subscription.Desk, r *httpapi.Request) (*httpapi.Response, error) {
	user, err := r.User()
	if err != nil {
		return nil, err
	}
	s, err := desk.Get(ctx, user, r.Path("subscription"))
	if err != nil {
		return nil, err
	}
	return httpapi.OK(s.Resource()), nil
}
