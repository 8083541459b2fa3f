// Package checkledger is the function CheckLedger: it looks for transactions of the ledger that do not
// balance, each hour in a part of it.
package checkledger

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/billing"
	"github.com/kwipper/kwipper/shared/platform/event"
)

func init() { functions.HTTP("CheckLedger", Handle) }

var handler = event.Task("CheckLedger", wire, serve)

// Handle serves the scheduler's trigger.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, auditor *billing.Auditor, _ struct{}) error {
	_, err := auditor.Check(ctx)
	return err
}
