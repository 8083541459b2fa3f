package sagatest

import (
	"fmt"

	"github.com/kwipper/kwipper/shared/saga"
)

// Check reports what does not add up once the saga has ended: a saga that succeeded has
// each effect once and none undone, one that failed has each effect it had undone once.
func (w *World) Check() error {
	if !w.Saga.Finished() {
		return fmt.Errorf("the saga has not ended: %s", w.row)
	}
	if !w.Saga.DueTime.IsZero() || w.Saga.EndTime.IsZero() || w.Saga.Stuck != "" {
		return fmt.Errorf("the saga has ended but does not look like it: %s", w.row)
	}
	if (w.Saga.Phase == saga.Failed) != (w.Saga.Failure != nil) {
		return fmt.Errorf("a saga has a failure if it failed: %s", w.row)
	}
	for _, step := range w.definition.Steps {
		done, back := w.people.done[step.Name], w.people.back[step.Name]
		if step.ReadOnly && back == 0 {
			continue
		}
		want := done // what a failed saga has undone
		if w.Saga.Phase == saga.Succeeded {
			want = 0
		}
		if done > 1 || back != want || w.Saga.Phase == saga.Succeeded && done != 1 {
			return fmt.Errorf("%s: step %s took place %d times and was undone %d times: %s",
				w.Saga.Phase, step.Name, done, back, w.row)
		}
	}
	return nil
}

// Effects returns how often the named step took place and was undone.
func (w *World) Effects(step string) (done, undone int) {
	return w.people.done[step], w.people.back[step]
}

// Operations returns how often an operator had to help.
func (w *World) Operations() int { return w.operations }
