package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kwipper/kwipper/emulators/local/frontend"
	"github.com/kwipper/kwipper/emulators/local/invariants"
	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/message"
)

// binary builds the local stack once.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "kwipper-e2e-")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "local")
	if out, err := exec.Command("go", "build", "-o", file, "../local").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the stack: %w: %s", err, out)
	}
	return file, nil
})

// victim is a stack in a process of its own, to be killed and started again on its data.
type victim struct {
	*world
	binary, dir string
	offset      int // of its ports, the same for life
	process     *exec.Cmd
	ended       chan struct{} // closed once the process is gone
}

func newVictim(t *testing.T, r *rand.Rand) *victim {
	t.Helper()
	file, err := binary()
	require.NoError(t, err)
	v := &victim{binary: file, dir: t.TempDir(), world: &world{}}
	for range 20 {
		v.offset = 12000 + r.IntN(30000)
		if err = v.start(); err == nil {
			t.Cleanup(func() { v.kill(); v.close() })
			return v
		}
	}
	require.NoError(t, err)
	return nil
}

// start starts the stack and waits until it is ready.
func (v *victim) start() error {
	ready := filepath.Join(v.dir, "ready.json")
	_ = os.Remove(ready) // of the last start
	v.process = exec.Command(v.binary, "--port-offset", strconv.Itoa(v.offset), "--data", filepath.Join(v.dir, "data"), "--ready-file", ready)
	log, err := os.OpenFile(filepath.Join(v.dir, "log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	v.process.Stdout, v.process.Stderr = log, log
	if err := v.process.Start(); err != nil {
		return err
	}
	process, ended := v.process, make(chan struct{})
	v.ended = ended
	go func() {
		_ = process.Wait() // it is killed
		close(ended)
	}()
	for deadline := time.After(30 * time.Second); ; {
		if text, err := os.ReadFile(ready); err == nil {
			v.mu.Lock()
			defer v.mu.Unlock()
			return json.Unmarshal(text, &v.status)
		}
		select {
		case <-ended:
			return fmt.Errorf("the stack ended: see %s", log.Name())
		case <-deadline:
			return errors.New("the stack is not ready after 30 s")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// kill ends the stack as kill -9 does.
func (v *victim) kill() {
	_ = v.process.Process.Kill() // fails only when it is gone
	<-v.ended
}

// restart kills the stack, moves its business time, if asked for, and starts it again.
func (v *victim) restart(t *testing.T, ahead time.Duration) {
	t.Helper()
	v.kill()
	if ahead > 0 {
		file, offset := filepath.Join(v.dir, "data", "clock"), time.Duration(0)
		if text, err := os.ReadFile(file); err == nil {
			offset, err = time.ParseDuration(strings.TrimSpace(string(text)))
			require.NoError(t, err)
		}
		require.NoError(t, os.WriteFile(file, []byte((offset+ahead).String()), 0o600))
	}
	require.NoError(t, v.start())
}

// insist calls f until it gives an answer that is the API's: not while nobody is there, nor
// while the answer may be another one later.
func insist(ctx context.Context, f func() error) error {
	for {
		err := f()
		var refused *frontend.Error
		if err == nil || errors.As(err, &refused) && refused.Status < 500 && refused.Reason != "IDEMPOTENCY_KEY_IN_FLIGHT" && refused.Reason != "SUBSCRIPTION_BUSY" {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w, at last %w", context.Cause(ctx), err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// done insists on an operation's end. One that waits for the learner gets what it wants.
func (l *learner) done(ctx context.Context, path string, body any) (api.Operation, error) {
	var o api.Operation
	key := uuid.NewString()
	err := insist(ctx, func() error { return l.Call(ctx, http.MethodPost, path, body, &o, "Idempotency-Key", key) })
	for err == nil && !o.Done {
		if o.Metadata.NextAction.RedirectURI != "" {
			_ = l.Authenticate(ctx, o.Metadata.NextAction.RedirectURI, "succeed") // or later
		}
		name := o.Name
		err = insist(ctx, func() error {
			o = api.Operation{}
			return l.Call(ctx, http.MethodGet, "/"+name, nil, &o, "Prefer", "wait=1")
		})
	}
	if err != nil {
		return o, err
	}
	return o, frontend.Failure(o)
}

// live subscribes and is refunded again and again until stopped, and stays subscribed at
// the end. It returns how often.
func (l *learner) live(ctx context.Context, course api.Course, stop *atomic.Bool) (rounds int, err error) {
	for ; ; rounds++ {
		o, err := l.done(ctx, "/users/me/subscriptions", l.request(course))
		switch reason := frontend.Reason(err); {
		case reason == "SAGA_EXPIRED" || reason == "PAYMENT_EXPIRED" || reason == "CARD_DECLINED":
			if stop.Load() {
				return rounds, nil
			}
			continue
		case err != nil:
			return rounds, fmt.Errorf("subscribe: %w", err)
		}
		if stop.Load() {
			return rounds, nil
		}
		invoice := message.InvoiceID(id(o.Response.Subscription), 0)
		_, err = l.done(ctx, "/users/me/invoices/"+invoice+":refund", api.RefundInvoiceRequest{})
		switch frontend.Reason(err) {
		case "REFUND_WINDOW_CLOSED", "REFUND_NOT_ALLOWED", "SUBSCRIPTION_BUSY", "SUBSCRIPTION_NOT_ACTIVE", "SAGA_EXPIRED":
			return rounds, nil // the clock was moved: it stays subscribed, and renews
		}
		if err != nil {
			return rounds, fmt.Errorf("refund: %w", err)
		}
	}
}

// Learners subscribe, authenticate, are declined, renew and are refunded while the process
// is killed at any moment and started again.
func TestKilledAtAnyMomentItEndsWhatItBegan(t *testing.T) {
	r := random(t)
	kills, crowd := 4, 8
	if *long {
		kills, crowd = 60, 16
	}
	v := newVictim(t, r)
	course, _ := v.course(t)
	cards := []string{goodCard, secureCard, goodCard, declinedCard}
	learners := make([]*learner, crowd)
	for i := range learners {
		learners[i] = v.learner(t, []string{"JP", "MX", "ID", "PH"}[i%4], cards[(i/2)%4])
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute+time.Duration(kills)*5*time.Second)
	defer cancel()
	var stop atomic.Bool
	var all sync.WaitGroup
	rounds, errs := make([]int, crowd), make([]error, crowd)
	for i, l := range learners {
		all.Go(func() { rounds[i], errs[i] = l.live(ctx, course, &stop) })
	}
	for kill := range kills {
		time.Sleep(time.Duration(50+r.IntN(600)) * time.Millisecond) // the moment is any
		ahead := time.Duration(0)
		if kill%4 == 2 {
			ahead = 31 * 24 * time.Hour // subscriptions renew
		}
		v.restart(t, ahead)
	}
	stop.Store(true)
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	for running := true; running; {
		select {
		case <-done:
			running = false
		case <-time.After(200 * time.Millisecond):
			v.advance(t, "70s") // what was left in the middle is gone on with
		}
	}
	t.Logf("rounds between %d crashes: %v", kills, rounds)
	for i, err := range errs {
		assert.NoError(t, err, "learner %d", i)
	}
	v.settle(t)
	v.checkBooks(t)
	v.checkInvariants(t)
	assert.Positive(t, len(v.totals(t).Charges))
}

// advance moves the victim's business time.
func (v *victim) advance(t *testing.T, duration string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.status.Addresses["console"]+"/local/v1/clock:advance",
		strings.NewReader(`{"duration":"`+duration+`"}`))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	response.Body.Close()
	require.Equal(t, http.StatusOK, response.StatusCode)
}

// checkInvariants asks the victim itself whether its invariants hold.
func (v *victim) checkInvariants(t *testing.T) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.status.Addresses["console"]+"/local/v1/invariants", nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	var answer struct {
		OK         bool
		Invariants []invariants.Result
	}
	require.NoError(t, json.NewDecoder(response.Body).Decode(&answer))
	require.NotEmpty(t, answer.Invariants)
	assert.True(t, answer.OK, "%+v", answer.Invariants)
}

// settle moves the victim's clock until no saga is under way.
func (v *victim) settle(t *testing.T) {
	t.Helper()
	for range 20 {
		v.advance(t, "10m")
		under := 0
		for _, s := range rows[struct{ Done bool }](t, v.world, "saga", "Sagas", "Done") {
			if !s.Done {
				under++
			}
		}
		if under == 0 {
			return
		}
	}
}
