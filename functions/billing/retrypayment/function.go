// Package retrypayment is the function RetryPayment: it asks again what became of a payment whose
// outcome is unknown, or of an event that matched nothing.
package retrypayment

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/platform/event"
)

func init() { functions.HTTP("RetryPayment", Handle) }

var handler = event.Task("RetryPayment", wire, serve)

// Handle serves RetryPayment.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, retrier *billing.Retrier, t billing.RetryTask) error {
	return retrier.Retry(ctx, t)
}
