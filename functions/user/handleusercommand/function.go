// Package handleusercommand is the function HandleUserCommand: the steps of sagas that the
// User service serves.
package handleusercommand

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/event"
	"github.com/kwipper/kwipper/shared/user"
)

func init() { functions.HTTP("HandleUserCommand", Handle) }

var handle = event.Command("HandleUserCommand", wire, serve)

// Handle serves a push of user-commands.
func Handle(w http.ResponseWriter, r *http.Request) { handle(w, r) }

func serve(ctx context.Context, commands user.Commands, cmd message.Command) (message.Reply, error) {
	return commands.Handle(ctx, cmd)
}
