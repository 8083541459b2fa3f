package outbound_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/outbound"
)

func TestSendMakesTheFaultHappen(t *testing.T) {
	tests := map[string]struct {
		fault     outbound.Fault
		delivered int32
		status    int
		failure   string
	}{
		"none":          {outbound.Fault{}, 1, 200, ""},
		"delay":         {outbound.Fault{Delay: time.Millisecond}, 1, 200, ""},
		"duplicates":    {outbound.Fault{Duplicates: 2}, 3, 200, ""},
		"status":        {outbound.Fault{Status: 503}, 0, 503, ""},
		"lost response": {outbound.Fault{LoseResponse: true}, 1, 0, "answer 200 lost"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var delivered atomic.Int32
			target := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { delivered.Add(1) }))
			defer target.Close()
			sender := &outbound.Sender{Client: outbound.NewClient(1)}
			status, err := sender.Send(t.Context(), time.Second, outbound.Identity{}, test.fault, post(target.URL))
			assert.Equal(t, test.status, status)
			assert.Equal(t, test.delivered, delivered.Load())
			if test.failure == "" {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, test.failure)
			}
		})
	}
}

func TestSendAddsTheToken(t *testing.T) {
	var got atomic.Value
	target := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got.Store(r.Header.Get("Authorization"))
	}))
	defer target.Close()
	sender := &outbound.Sender{Client: outbound.NewClient(1)}
	as := outbound.Identity{ServiceAccountEmail: "sa", Audience: "aud"}

	_, err := sender.Send(t.Context(), time.Second, as, outbound.Fault{}, post(target.URL))
	assert.ErrorContains(t, err, "no source of tokens")

	sender.Tokens = func(context.Context, string, string) (string, error) { return "", errors.New("down") }
	_, err = sender.Send(t.Context(), time.Second, as, outbound.Fault{}, post(target.URL))
	assert.ErrorContains(t, err, "token for sa: down")

	sender.Tokens = func(_ context.Context, account, audience string) (string, error) {
		return account + "/" + audience, nil
	}
	_, err = sender.Send(t.Context(), time.Second, as, outbound.Fault{}, post(target.URL))
	require.NoError(t, err)
	assert.Equal(t, "Bearer sa/aud", got.Load())
}

func TestSendGivesUpAtTheTimeout(t *testing.T) {
	target := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer target.Close()
	sender := &outbound.Sender{Client: outbound.NewClient(1)}
	_, err := sender.Send(t.Context(), 10*time.Millisecond, outbound.Identity{}, outbound.Fault{}, post(target.URL))
	assert.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestRecentKeepsTheLatest(t *testing.T) {
	recent := outbound.Recent[int]{Limit: 3}
	for i := range 5 {
		displaced, full := recent.Add(i)
		assert.Equal(t, i >= 3, full)
		assert.Equal(t, max(0, i-3), displaced)
	}
	assert.Equal(t, []int{4, 3, 2}, recent.NewestFirst())
}

func post(url string) func(context.Context) (*http.Request, error) {
	return func(ctx context.Context) (*http.Request, error) {
		return http.NewRequestWithContext(ctx, http.MethodPost, url, nil)
	}
}
