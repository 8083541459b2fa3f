package gateway

import (
	"io"
	"net/http"

	"github.com/kwipper/kwipper/emulators/outbound"
)

// serveWith serves a request with what shall go wrong with it.
func (g *Gateway) serveWith(fault outbound.Fault, w http.ResponseWriter, r *http.Request, function http.Handler) {
	if fault == (outbound.Fault{}) {
		function.ServeHTTP(w, r)
		return
	}
	if err := outbound.Pause(r.Context(), fault.Delay); err != nil {
		return
	}
	if fault.Status != 0 {
		injected(fault.Status).write(w)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		tooLarge().write(w)
		return
	}
	fault.Handle(w, r, body, function)
	if fault.LoseResponse {
		panic(http.ErrAbortHandler) // closes the connection without an answer
	}
}
