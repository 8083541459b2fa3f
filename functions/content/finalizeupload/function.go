// Package finalizeupload is the function FinalizeUpload: it checks what was uploaded when Cloud Storage
// notifies of it.
package finalizeupload

import (
	"context"
	"net/http"

	"github.com/GoogleCloudPlatform/functions-framework-go/functions"

	"github.com/kwipper/kwipper/shared/content"
	"github.com/kwipper/kwipper/shared/platform/event"
)

func init() { functions.HTTP("FinalizeUpload", Handle) }

var handler = event.ObjectNotification("FinalizeUpload", wire, serve)

// Handle serves FinalizeUpload.
func Handle(w http.ResponseWriter, r *http.Request) { handler(w, r) }

func serve(ctx context.Context, finalizer *content.Finalizer, o event.Object) error {
	if o.EventType != event.EventObjectFinalized {
		return nil
	}
	return finalizer.Finalize(ctx, content.Uploaded{
		Bucket: o.Bucket, Object: o.Name, Generation: o.Generation, SizeBytes: o.SizeBytes,
	})
}
