// Package handlecontentcommand is the function HandleContentCommand: it serves the commands of sagas to the
// content service.
package handlecontentcommand

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/event"
)

func init() { functions.HTTP("HandleContentCommand", Handle) }

var handler = event.Command("HandleContentCommand", wire, serve)

// Handle serves HandleContentCommand.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, p *content.Participant, cmd message.Command) (message.Reply, error) {
	return p.Handle(ctx, cmd)
}
