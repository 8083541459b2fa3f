// Package orchestrate is the function Orchestrate: it moves sagas on as participants reply.
package orchestrate

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/event"
	"github.com/kwipper/kwipper/shared/saga/sagadb"
)

func init() { functions.HTTP("Orchestrate", Handle) }

var handler = event.Reply("Orchestrate", wire, serve)

// Handle serves the push subscription of replies.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, sagas *sagadb.Store, reply message.Reply) error {
	return sagas.Reply(ctx, reply)
}
