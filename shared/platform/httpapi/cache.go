package httpapi

import (
	"fmt"
	"time"

	"github.com/kwipper/kwipper/shared/platform/auth"
)

// Cacheable lets caches keep an answer for d that was made for somebody without a token,
// and so for everybody. All other answers stay no-store.
func (r *Response) Cacheable(caller auth.Caller, d time.Duration) *Response {
	if seconds := int(d.Seconds()); seconds > 0 && !caller.Authenticated() {
		r.setHeader("Cache-Control", fmt.Sprintf("public, max-age=%d", seconds))
		r.setHeader("Vary", "Authorization, X-Forwarded-Authorization")
	}
	return r
}
