package stripe

// due is the time of one delivery or timer, in milliseconds of the epoch.
type due struct {
	at int64
	id string
}

// dueQueue is a heap of them, earliest first.
type dueQueue []due

func (q dueQueue) Len() int           { return len(q) }
func (q dueQueue) Less(i, j int) bool { return q[i].at < q[j].at }
func (q dueQueue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }

// Push adds x; for container/heap.
func (q *dueQueue) Push(x any) { *q = append(*q, x.(due)) }

// Pop takes the last; for container/heap.
func (q *dueQueue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
