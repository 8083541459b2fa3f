package stripe

import (
	"bytes"
	"container/heap"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// delivery is one event on its way to one endpoint. It is removed when the endpoint has
// taken it, or when it is given up.
type delivery struct {
	header
	Event     string `json:"event"`
	Type      string `json:"type"`
	Endpoint  string `json:"endpoint"`
	Attempts  int    `json:"attempts"`
	DueMillis int64  `json:"due_millis"`
	Delayed   bool   `json:"delayed"` // by a fault; not in flight before it is due
}

// timer is something the emulator does by itself later.
type timer struct {
	header
	Kind      string `json:"kind"`
	Target    string `json:"target"`
	DueMillis int64  `json:"due_millis"`
}

const (
	timerSession = "expire_session"
	timerRefund  = "settle_refund"
	timerPayment = "settle_payment"
)

// after sets a timer.
func (tx *transaction) after(d time.Duration, kind, target string) {
	tx.create(&timer{Kind: kind, Target: target, DueMillis: tx.store.now().Add(d).UnixMilli()}, kindTimer, "tmr", nil)
}

// How deliveries are tried. Stripe goes on for three days.
const (
	deliveryTimeout = 20 * time.Second
	deliveryMaxWait = time.Hour
	deliveryGiveUp  = 3 * 24 * time.Hour
	deliveryWorkers = 8
)

// dispatcher sends deliveries and runs timers when they are due.
type dispatcher struct {
	server *Server
	client *http.Client
	wake   chan struct{}

	mu    sync.Mutex
	queue dueQueue
	epoch int // counts restores: work begun before one does not write
}

func newDispatcher(s *Server) *dispatcher {
	return &dispatcher{
		server: s,
		wake:   make(chan struct{}, 1),
		client: &http.Client{
			Timeout:       deliveryTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// add takes up deliveries and timers that were just committed.
func (d *dispatcher) add(objects []object) {
	d.mu.Lock()
	for _, o := range objects {
		heap.Push(&d.queue, due{at: dueMillis(o), id: o.head().ID})
	}
	d.mu.Unlock()
	select {
	case d.wake <- struct{}{}:
	default:
	}
}

func dueMillis(o object) int64 {
	switch o := o.(type) {
	case *delivery:
		return o.DueMillis
	case *timer:
		return o.DueMillis
	default:
		return 0
	}
}

// reload takes up what a store holds after it was opened or replaced. The caller keeps
// the store from changing.
func (d *dispatcher) reload(s *store) {
	d.mu.Lock()
	d.queue = nil
	d.epoch++
	d.mu.Unlock()
	d.add(slices.Collect(maps.Values(s.waiting)))
}

// run works until ctx ends.
func (d *dispatcher) run(ctx context.Context) {
	var workers sync.WaitGroup
	defer workers.Wait()
	slots := make(chan struct{}, deliveryWorkers)
	for {
		id, wait := d.next()
		if id == "" {
			select {
			case <-ctx.Done():
				return
			case <-d.wake:
			case <-time.After(wait):
			}
			continue
		}
		select {
		case <-ctx.Done():
			return
		case slots <- struct{}{}:
		}
		workers.Go(func() {
			defer func() { <-slots }()
			if err := d.work(ctx, id); err != nil && ctx.Err() == nil {
				slog.Error("stripe emulator: background work", "id", id, "error", err)
			}
		})
	}
}

// next answers something that is due, or how long to wait for it.
func (d *dispatcher) next() (id string, wait time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.queue) == 0 {
		return "", time.Hour
	}
	wait = time.UnixMilli(d.queue[0].at).Sub(d.server.options.Now())
	if wait > 0 {
		return "", min(wait, time.Hour)
	}
	return heap.Pop(&d.queue).(due).id, 0
}

func (d *dispatcher) work(ctx context.Context, id string) error {
	// What is not on disk yet must not be seen outside.
	if err := d.server.store.settle(); err != nil {
		return err
	}
	d.mu.Lock()
	epoch := d.epoch
	d.mu.Unlock()
	d.server.store.mu.Lock()
	o := d.server.store.objects[id]
	d.server.store.mu.Unlock()
	switch o := o.(type) {
	case *timer:
		return d.fire(o)
	case *delivery:
		return d.deliver(ctx, o, epoch)
	default:
		return nil // gone meanwhile
	}
}

func (d *dispatcher) fire(t *timer) error {
	return d.server.store.update(func(tx *transaction) error {
		if _, ok := tx.find(t.ID); !ok {
			return nil
		}
		tx.remove(t.ID)
		switch t.Kind {
		case timerSession:
			if se, ok := get[session](tx, t.Target); ok {
				expire(tx, se)
			}
		case timerRefund:
			settleRefund(tx, t.Target)
		case timerPayment:
			settlePayment(tx, t.Target)
		}
		return nil
	})
}

// deliver makes one attempt and removes the delivery, or sets the time of the next one.
func (d *dispatcher) deliver(ctx context.Context, dl *delivery, epoch int) error {
	e, w := d.lookUp(dl)
	now := d.server.options.Now()
	times := 1
	if e != nil && w != nil && !dl.Delayed {
		if f, ok := d.server.faults.match("webhook."+dl.Type, params{}, ""); ok {
			switch f.Effect {
			case EffectDelay:
				return d.postpone(dl, epoch, now.Add(f.Delay()), true)
			case EffectDuplicate:
				times = 2
			}
		}
	}
	var sendErr error
	for range times {
		if e == nil || w == nil {
			break
		}
		sendErr = d.send(ctx, e, w)
	}
	if ctx.Err() != nil {
		return nil //nolint:nilerr // closing: tried again after the restart
	}
	if sendErr == nil || now.Sub(time.Unix(dl.Created, 0)) > deliveryGiveUp {
		return d.change(epoch, func(tx *transaction) { tx.remove(dl.ID) })
	}
	wait := min(d.server.options.WebhookRetryWait<<min(dl.Attempts, 20), deliveryMaxWait)
	slog.Debug("stripe emulator: webhook refused", "event", dl.Event, "type", dl.Type, "attempt", dl.Attempts+1, "wait", wait, "error", sendErr)
	return d.postpone(dl, epoch, now.Add(wait), false)
}

func (d *dispatcher) lookUp(dl *delivery) (*event, *endpoint) {
	d.server.store.mu.Lock()
	defer d.server.store.mu.Unlock()
	e, _ := d.server.store.objects[dl.Event].(*event)
	w, _ := d.server.store.objects[dl.Endpoint].(*endpoint)
	if w != nil && w.Deleted {
		w = nil
	}
	return e, w
}

func (d *dispatcher) postpone(dl *delivery, epoch int, until time.Time, delayed bool) error {
	later := *dl
	later.DueMillis, later.Delayed = until.UnixMilli(), delayed
	if !delayed {
		later.Attempts++
	}
	return d.change(epoch, func(tx *transaction) { tx.put(&later) })
}

// change commits without waiting for the disk: a lost removal is a second delivery.
func (d *dispatcher) change(epoch int, f func(*transaction)) error {
	s := d.server.store
	s.mu.Lock()
	defer s.mu.Unlock()
	d.mu.Lock()
	stale := epoch != d.epoch
	d.mu.Unlock()
	if stale {
		return nil
	}
	tx := &transaction{store: s, writes: map[string]object{}}
	f(tx)
	return s.commit(tx)
}

// send posts one event, signed at the machine's time.
func (d *dispatcher) send(ctx context.Context, e *event, w *endpoint) error {
	body, err := json.MarshalIndent(shown(e), "", "  ")
	if err != nil {
		return fmt.Errorf("encode event %s: %w", e.ID, err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("webhook to %s: %w", w.URL, err)
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	request.Header.Set("User-Agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
	request.Header.Set("Stripe-Signature", Sign(body, w.Secret, d.server.options.Now()))
	response, err := d.client.Do(request)
	if err != nil {
		return fmt.Errorf("webhook to %s: %w", w.URL, err)
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxBodyBytes)) // so that the connection is kept
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("webhook to %s: status %d", w.URL, response.StatusCode)
	}
	return nil
}

// Sign returns the Stripe-Signature header of a payload.
func Sign(payload []byte, secret string, at time.Time) string {
	seconds := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(seconds + "."))
	mac.Write(payload)
	return "t=" + seconds + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}
