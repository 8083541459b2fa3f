// Package subscribe is the function Subscribe: it starts the saga by which a learner subscribes
// to a course.
package subscribe

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/platform/httpapi"
	"github.com/kwipper/kwipper/shared/platform/returnuri"
	"github.com/kwipper/kwipper/shared/saga/operation"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
	"github.com/kwipper/kwipper/shared/subscription"
)

func init() { functions.HTTP("Subscribe", Handle) }

var handler = httpapi.Operation("Subscribe", wire, serve)

// Handle serves Subscribe.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, sagas *sagadb.Store, r *httpapi.Request) (*httpapi.Response, error) {
	user, err := r.User()
	if err != nil {
		return nil, err
	}
	request, err := decode(r, user)
	if err != nil {
		return nil, err
	}
	begun, err := subscription.Subscribe(ctx, sagas, r.Key(), request)
	if err != nil {
		return nil, err
	}
	o, status, err := operation.Await(ctx, sagas, begun, r.Wait())
	if err != nil {
		return nil, err
	}
	return &httpapi.Response{Status: status, Body: o}, nil
}

func decode(r *httpapi.Request, user string) (subscription.Request, error) {
	var body api.SubscribeRequest
	if err := r.Decode(&body); err != nil {
		return subscription.Request{}, err
	}
	price, err := api.AmountOf(body.Price, "price")
	if err != nil {
		return subscription.Request{}, err
	}
	if !api.BelongsTo(body.PaymentMethod, user) {
		return subscription.Request{}, fault.Invalid(fault.Field{Name: "paymentMethod", Description: "is not one of the learner's"})
	}
	if err := returnuri.Check(body.ReturnURI); err != nil {
		return subscription.Request{}, err
	}
	caller := r.Caller()
	return subscription.Request{
		UserID: user, DisplayName: caller.DisplayName, Country: caller.Country, Language: caller.Language,
		CourseID: api.IDOf(body.Course), PaymentMethodID: api.IDOf(body.PaymentMethod), PriceShown: price, ReturnURI: body.ReturnURI,
	}, nil
}
