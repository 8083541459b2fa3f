package course

import (
	"context"
	"strconv"

	"github.com/kwipper/kwipper/shared/enrollment"
	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/saga"
)

// Sagas starts sagas. One that was started before is answered as it stands.
type Sagas interface {
	Start(ctx context.Context, key idempotency.Key, n saga.New) (begun saga.Saga, replayed bool, err error)
}

// Publishing starts the publishing of courses.
type Publishing struct {
	Courses Courses
	Sagas   Sagas
}

// Publish lets a saga take hold of the course and starts it. While one holds it, that one
// is answered: it is started again, which does nothing unless a crash came before its start.
func (p Publishing) Publish(ctx context.Context, v Viewer, id string) (saga.Saga, error) {
	for {
		course, err := denyUnknown(p.Courses.Change(ctx, id, func(c *Course) error { return c.hold(v) }))
		if err != nil {
			return saga.Saga{}, err
		}
		operation := course.Operation
		started, err := p.start(ctx, v, course)
		if err != nil {
			return saga.Saga{}, err
		}
		if !started.Finished() {
			return started, nil
		}
		// The saga ended without letting go: it turned back before its first step arrived.
		// Or it let go just now, and is the answer.
		released := false
		_, err = p.Courses.Change(ctx, id, func(c *Course) error {
			released = c.letGo(operation)
			return nil
		})
		if err != nil || !released {
			return started, err
		}
	}
}

// start starts the saga that holds the course. Its id is the key: it is made from the course.
func (p Publishing) start(ctx context.Context, v Viewer, c Course) (saga.Saga, error) {
	name := "courses/" + c.ID
	started, _, err := p.Sagas.Start(ctx, idempotency.Key{}, saga.New{
		ID: c.Operation, Definition: enrollment.Publish, Owner: c.TutorID, Country: c.Country, Language: v.Language,
		Course: name, Input: enrollment.PublishInput{CourseID: c.ID, TutorID: c.TutorID},
	})
	return started, err
}

// hold takes hold of the course for a publish saga, unless one has it.
func (c *Course) hold(v Viewer) error {
	if !c.OwnedBy(v) {
		return Denied()
	}
	if c.Operation != "" {
		return nil
	}
	if err := c.complete(); err != nil {
		return err
	}
	c.PublishCount++
	c.Operation = message.ID(c.Country, "publish", c.ID, strconv.FormatInt(c.PublishCount, 10))
	return nil
}

// letGo ends the hold of a saga and reports whether it had one.
func (c *Course) letGo(operation string) bool {
	if c.Operation != operation {
		return false
	}
	c.Operation = ""
	return true
}

// begin answers the outline to the saga that holds the course.
func (c *Course) begin(operation string, items []Item) (message.CourseOutline, error) {
	if c.Operation != operation {
		return message.CourseOutline{}, fault.New(fault.FailedPrecondition, ReasonPublishing, "operation %s does not hold the course", operation)
	}
	outline := message.CourseOutline{ItemIDs: make([]string, len(items))}
	for i, item := range items {
		outline.ItemIDs[i] = item.ID
	}
	return outline, c.complete()
}
