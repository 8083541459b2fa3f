package stripe_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	stripego "github.com/stripe/stripe-go/v85"

	"github.com/kwipper/kwipper/emulators/killtesting"
	"github.com/kwipper/kwipper/emulators/stripe"
)

func TestMain(m *testing.M) {
	killtesting.Main(m, func(dir string) (string, error) {
		server, err := stripe.Start(context.Background(), stripe.Options{Addr: "127.0.0.1:0", DataDir: dir})
		if err != nil {
			return "", err
		}
		return server.URL(), nil
	})
}

func TestKilledServerKeepsWhatItAnswered(t *testing.T) {
	dir := t.TempDir()
	url, kill := killtesting.Start(t, dir)
	b := bench{client: clientOf(url)}
	answered := b.chargeUntilItFails(t, func(charges int) {
		if charges == 40 {
			kill()
		}
	})

	again := start(t, stripe.Options{DataDir: dir})
	for _, id := range answered {
		pi, err := again.client.V1PaymentIntents.Retrieve(t.Context(), id, nil)
		require.NoError(t, err)
		assert.Equal(t, stripego.PaymentIntentStatusSucceeded, pi.Status)
		require.NotNil(t, pi.LatestCharge)
		_, err = again.client.V1Charges.Retrieve(t.Context(), pi.LatestCharge.ID, nil)
		require.NoError(t, err)
	}
	again.paid(t, "pm_card_visa")
}

// chargeUntilItFails charges from several goroutines and answers the intents that the
// server said had succeeded.
func (b bench) chargeUntilItFails(t *testing.T, charged func(n int)) []string {
	t.Helper()
	var mu sync.Mutex
	var answered []string
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for {
				pi, err := b.client.V1PaymentIntents.Create(context.Background(), &stripego.PaymentIntentCreateParams{
					Amount: stripego.Int64(980), Currency: stripego.String("jpy"),
					PaymentMethod: stripego.String("pm_card_visa"), Confirm: stripego.Bool(true), OffSession: stripego.Bool(true),
				})
				if err != nil {
					return
				}
				mu.Lock()
				answered = append(answered, pi.ID)
				charged(len(answered))
				mu.Unlock()
			}
		})
	}
	group.Wait()
	require.GreaterOrEqual(t, len(answered), 40)
	return answered
}

func BenchmarkCharge(b *testing.B) {
	for name, dir := range map[string]string{"memory": "", "disk": b.TempDir()} {
		b.Run(name, func(b *testing.B) {
			w := start(b, stripe.Options{DataDir: dir})
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					w.paid(b, "pm_card_visa")
				}
			})
		})
	}
}
