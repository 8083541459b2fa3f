package main

import (
	"context"
	"fmt"
	"runtime/pprof"
	"time"

	"github.com/kwipper/kwipper/shared/platform/spannerdb"
)

// many is how many courses stand for many.
const many = 64

// sagas measures subscribe sagas with all their steps, payment at the emulated gateway
// included, from the request to the answer that it is done.
func (b *bench) sagas(ctx context.Context) error {
	if err := b.publish(ctx, many); err != nil {
		return err
	}
	learners, err := b.enroll(ctx, many)
	if err != nil {
		return err
	}
	// Each learner goes through the courses, no two workers at the same learner.
	pairs := 0
	subscribe := func(offset int) func(context.Context, int) error {
		return func(ctx context.Context, i int) error {
			i += offset
			_, err := learners[i%many].subscribe(ctx, b.courses[i/many])
			return err
		}
	}
	var rows [][]string
	var best float64
	for _, workers := range []int{1, 16} {
		warm, _, err := load(ctx, workers, workers*4, b.length, subscribe(pairs))
		if err != nil {
			return err
		}
		pairs += len(warm)
		if err := b.profile(workers); err != nil {
			return err
		}
		before, messages := b.counted(), b.messages.Load()
		ran, waited := scheduled()
		took, elapsed, err := load(ctx, workers, many*many-pairs, b.length, subscribe(pairs))
		ranAfter, waitedAfter := scheduled()
		pprof.StopCPUProfile()
		if err != nil {
			return err
		}
		pairs += len(took)
		if err := b.stack.Time.Settle(ctx); err != nil {
			return err
		}
		used, n := b.counted().Sub(before), float64(len(took))
		best = max(best, rate(took, elapsed))
		each := func(d time.Duration) string { return milliseconds(d / time.Duration(len(took))) }
		rows = append(rows, []string{
			fmt.Sprint(workers), number(rate(took, elapsed)), milliseconds(quantile(took, 0.5)), milliseconds(quantile(took, 0.99)), fmt.Sprint(len(took)),
			each(ranAfter - ran), each(waitedAfter - waited), number(float64(used.Commits) / n), number(float64(used.RoundTrips) / n), number(float64(used.RowsWritten) / n), number(float64(used.Aborts) / n),
			number(float64(b.messages.Load()-messages) / n),
		})
		if err := b.ceiling(ctx, workers, best, float64(used.Commits)/n); err != nil {
			return err
		}
	}
	table("Subscribe sagas", []string{"concurrency", "sagas/s", "p50", "p99", "sagas", "processor each", "waiting for one", "commits each", "round trips each", "rows each", "aborts each", "messages each"}, rows)
	table("Ceiling: what the emulated Spanner alone would allow", ceilingHead, b.ceilings)
	return nil
}

func (b *bench) profile(workers int) error {
	if workers == 1 || b.startProfile == nil {
		return nil
	}
	return b.startProfile()
}

// counted is what all databases of Kwipper have been asked for.
func (b *bench) counted() (sum spannerdb.Count) {
	for _, c := range b.counter.Databases() {
		sum = sum.Add(c)
	}
	return sum
}

// hotCourse measures one course that everybody subscribes to beside many courses, in turns,
// so that what else the machine does weighs on both alike.
func (b *bench) hotCourse(ctx context.Context) error {
	if err := b.publish(ctx, many); err != nil {
		return err
	}
	const turns = 4
	n := max(16, int(b.length.Seconds())*8)
	var took [2][]time.Duration
	var elapsed [2]time.Duration
	for turn := range turns {
		learners, err := b.enroll(ctx, n)
		if err != nil {
			return err
		}
		hot, _, err := publishCourse(ctx, b.tutor)
		if err != nil {
			return err
		}
		for side := range took {
			if turn%2 == 1 { // who comes first changes, as the second finds the caches warm
				side = 1 - side
			}
			one, lasted, err := load(ctx, 16, n, time.Hour, func(ctx context.Context, i int) error {
				course := hot
				if side == 1 {
					course = b.courses[i%many]
				}
				_, err := learners[i].subscribe(ctx, course)
				return err
			})
			if err != nil {
				return err
			}
			took[side], elapsed[side] = append(took[side], one...), elapsed[side]+lasted
		}
	}
	var rows [][]string
	for side, name := range []string{"one hot course", fmt.Sprintf("%d courses", many)} {
		rows = append(rows, []string{name, number(rate(took[side], elapsed[side])), milliseconds(quantile(took[side], 0.5)),
			milliseconds(quantile(took[side], 0.99)), fmt.Sprintf("%.2f", rate(took[side], elapsed[side])/rate(took[1], elapsed[1]))})
	}
	table("One hot course, concurrency 16", []string{"", "sagas/s", "p50", "p99", "ratio"}, rows)
	return nil
}
