package tasks

import (
	"container/heap"
	"time"
)

// timetable orders tasks by wakeAt. A task is in one timetable at most.
type timetable []*task

func (t timetable) Len() int           { return len(t) }
func (t timetable) Less(i, j int) bool { return t[i].wakeAt.Before(t[j].wakeAt) }
func (t timetable) Swap(i, j int) {
	t[i], t[j] = t[j], t[i]
	t[i].place, t[j].place = i, j
}

// Push is heap.Interface.
func (t *timetable) Push(entry any) {
	added := entry.(*task)
	added.place = len(*t)
	*t = append(*t, added)
}

// Pop is heap.Interface.
func (t *timetable) Pop() any {
	last := len(*t) - 1
	removed := (*t)[last]
	(*t)[last] = nil
	*t = (*t)[:last]
	return removed
}

// insert reports whether the task is now the first.
func (t *timetable) insert(added *task, at time.Time) bool {
	added.wakeAt = at
	heap.Push(t, added)
	return added.place == 0
}

func (t *timetable) remove(present *task) { heap.Remove(t, present.place) }

// next is the time of the first entry; ok is false when there is none.
func (t timetable) next() (at time.Time, ok bool) {
	if len(t) == 0 {
		return time.Time{}, false
	}
	return t[0].wakeAt, true
}

// popDue removes and returns the first entry if its time has come, else nil.
func (t *timetable) popDue(now time.Time) *task {
	if at, ok := t.next(); !ok || at.After(now) {
		return nil
	}
	return heap.Pop(t).(*task)
}

// countDue counts the entries whose time has come, looking at no others but their children.
func (t timetable) countDue(now time.Time, from int) int {
	if from >= len(t) || t[from].wakeAt.After(now) {
		return 0
	}
	return 1 + t.countDue(now, 2*from+1) + t.countDue(now, 2*from+2)
}

// earliestAfter returns candidates for the earliest time after now: the entries after now
// whose parents have come due. While nothing is due that is the first entry alone.
func (t timetable) earliestAfter(now time.Time) []time.Time {
	var candidates []time.Time
	pending := []int{0}
	for len(pending) > 0 {
		i := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		switch {
		case i >= len(t):
		case t[i].wakeAt.After(now):
			candidates = append(candidates, t[i].wakeAt)
		default:
			pending = append(pending, 2*i+1, 2*i+2)
		}
	}
	return candidates
}
