package rollout

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"time"
)

// A write of the record, or a service on its way back, that fails is tried again so often,
// with so long between.
const (
	attempts  = 5
	retryTime = 5 * time.Second
)

// keep writes the record with a lease of this run.
func (r *Run) keep(ctx context.Context) error {
	r.record.Holder, r.record.LeaseEnds = r.Name, r.Now().Add(leaseTime)
	return r.write(ctx)
}

// release writes the record and gives the lease back.
func (r *Run) release(ctx context.Context) error {
	r.record.Holder, r.record.LeaseEnds = "", time.Time{}
	return r.write(ctx)
}

// write replaces the record. A write that fails may have happened: it is looked for before
// the next attempt.
func (r *Run) write(ctx context.Context) error {
	for attempt := 1; ; attempt++ {
		written, err := r.Records.Write(ctx, r.record)
		if err == nil {
			r.record = written
			return nil
		}
		if errors.Is(err, ErrTaken) || attempt == attempts {
			return err
		}
		r.say("once more: %v", err)
		if stopped := r.Pause(ctx, retryTime); stopped != nil {
			return errors.Join(err, stopped)
		}
		if now, readErr := r.Records.Read(ctx); readErr == nil && now.same(r.record) {
			r.record = now
			return nil
		}
	}
}

// same reports whether two records say the same.
func (r Record) same(other Record) bool {
	one, err := json.Marshal(r)
	two, otherErr := json.Marshal(other)
	return err == nil && otherErr == nil && bytes.Equal(one, two)
}

// bring gives all requests back to the revisions before; services that fail are tried again.
func (r *Run) bring(ctx context.Context) error {
	for attempt := 1; ; attempt++ {
		err := r.shift(ctx, r.record.Moves, 0)
		if err == nil || errors.Is(err, ErrTaken) || attempt == attempts {
			return err
		}
		r.say("not all are back, once more: %v", err)
		if err := errors.Join(err, r.Pause(ctx, retryTime)); ctx.Err() != nil {
			return err
		}
		if err := r.keep(ctx); err != nil {
			return err
		}
	}
}
