// Package resumesagas is the function ResumeSagas: it looks after sagas that have not
// moved by their time.
package resumesagas

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/platform/event"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
)

// limit bounds one run; the scheduler's next run goes on.
const limit = 2000

// Request is the body of the call: nothing from the scheduler, a saga from an operator.
type Request struct {
	// Saga is the id of a stuck saga that is to try again.
	Saga string `json:"saga,omitempty"`
}

func init() { functions.HTTP("ResumeSagas", Handle) }

var handler = event.Task("ResumeSagas", wire, serve)

// Handle serves the scheduler's trigger and operators.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, sagas *sagadb.Store, request Request) error {
	if request.Saga != "" {
		return sagas.Resume(ctx, request.Saga)
	}
	resumed, err := sagas.ResumeDue(ctx, limit)
	slog.InfoContext(ctx, "looked after due sagas", "count", resumed)
	return err
}
