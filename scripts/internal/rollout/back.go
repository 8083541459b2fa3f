package rollout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// parallel is how many services are changed at a time.
const parallel = 8

// Back gives all requests of the newest release to the revisions before it, whoever moves it
// just now. Run again after a crash, it finishes.
func (r *Run) Back(ctx context.Context, why string) error {
	for {
		record, err := r.Records.Read(ctx)
		if err != nil {
			return err
		}
		if len(record.Moves) == 0 {
			return errors.New("the newest release moved nothing, so that there is nothing to go back to")
		}
		r.record = record
		var breaches []Breach
		for _, m := range record.Moves {
			breaches = append(breaches, Breach{m.Place, why})
		}
		if err := r.goBack(ctx, breaches); !errors.Is(err, ErrTaken) {
			if errors.Is(err, ErrBack) {
				return nil
			}
			return err
		}
		r.say("another run wrote at the same time: once more")
	}
}

// goBack writes that the release goes back, which stops any other run, and takes it back.
func (r *Run) goBack(ctx context.Context, breaches []Breach) error {
	r.record.State = Back
	for _, b := range breaches {
		m, known := r.record.move(b.Place)
		taken := TakenBack{b.Place, m.To, b.Why}
		if known && !slices.ContainsFunc(r.record.TakenBack, func(t TakenBack) bool { return t.Place == taken.Place && t.Revision == taken.Revision }) {
			r.record.TakenBack = append(r.record.TakenBack, taken)
		}
	}
	if err := r.keep(ctx); err != nil {
		return err
	}
	if err := r.bring(ctx); err != nil {
		return errors.Join(err, r.release(context.WithoutCancel(ctx)))
	}
	r.record.Percent = 0
	if err := r.release(ctx); err != nil {
		return err
	}
	r.say("%d services are back on the revisions before", len(r.record.Moves))
	return fmt.Errorf("%w: %s", ErrBack, reasons(breaches))
}

// Await waits until a release is done, and fails once it was taken back or a newer commit
// has overtaken it.
func (r *Run) Await(ctx context.Context, release Release, limit time.Duration) error {
	commit := release.Commit
	for began := r.Now(); ; {
		record, err := r.Records.Read(ctx)
		switch {
		case err != nil:
			return err
		case record.Commit == commit && record.State == Done:
			r.say("%.12s has been released", commit)
			return nil
		case record.Commit == commit && record.State == Back:
			return fmt.Errorf("%.12s was taken back", commit)
		case record.Commit != commit && record.CommittedAt.After(release.CommittedAt):
			return fmt.Errorf("%.12s was overtaken by %.12s, which is newer", commit, record.Commit)
		case r.Now().Sub(began) >= limit:
			return fmt.Errorf("%.12s has not been released; the newest is %.12s, %s", commit, record.Commit, record.State)
		}
		if err := r.Pause(ctx, pollTime); err != nil {
			return err
		}
	}
}

// each does something for all items, some at a time, and joins what fails.
func each[T any](items []T, do func(T) error) error {
	var (
		group  sync.WaitGroup
		slots  = make(chan struct{}, parallel)
		failed = make([]error, len(items))
	)
	for i, item := range items {
		slots <- struct{}{}
		group.Go(func() {
			failed[i] = do(item)
			<-slots
		})
	}
	group.Wait()
	return errors.Join(failed...)
}
