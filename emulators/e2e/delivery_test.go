package e2e

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/pubsub"
)

// Each delivery of a story, one after the other, fails: before its function is called, or
// after all that the function did, so that it is called again.
func TestEachDeliveryFailsBeforeAndAfter(t *testing.T) {
	w, s := begin(t)
	r := random(t)
	course, item := w.course(t)
	every, most := 2, 30 // of the deliveries of subscribing and refunding, a share
	if *long {
		every = 1
	}
	for k := 1 + r.IntN(every); k <= most; k += every {
		for kind, fault := range map[string]pubsub.PushFault{"before": {Status: http.StatusServiceUnavailable}, "after": {LoseResponse: true}} {
			t.Run(fmt.Sprintf("%d %s", k, kind), func(t *testing.T) {
				l := w.learner(t, "PH", goodCard)
				var count atomic.Int64
				s.PubSub.SetBeforePush(func(context.Context, pubsub.PushAttempt) pubsub.PushFault {
					if count.Add(1) == int64(k) {
						return fault
					}
					return pubsub.PushFault{}
				})
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				o, err := l.subscribe(ctx, course)
				require.NoError(t, err)
				require.True(t, l.mayStudy(t, item))
				require.NoError(t, refund(ctx, l.Client, l.invoices(t, o.Response.Subscription)[0].Name))
				require.False(t, l.mayStudy(t, item))
				charges, returned := w.charged(t, o.Response.Subscription)
				assert.Equal(t, []int{1, 1}, []int{charges, returned}, "charged, returned")
			})
		}
	}
}
