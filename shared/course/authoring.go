package course

import (
	"context"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/idempotency"
)

// Authoring is what tutors do with their courses.
type Authoring struct {
	Courses Courses
	Items   Items
}

// Create makes a draft. A repetition with the same key answers the course as it is now.
func (a Authoring) Create(ctx context.Context, key idempotency.Key, v Viewer, content Content) (Course, error) {
	course, err := New(key.NewID(v.Country), v, content)
	if err != nil {
		return Course{}, err
	}
	id, err := a.Courses.Create(ctx, key, course)
	if err != nil {
		return Course{}, err
	}
	return a.Courses.Get(ctx, id, 0)
}

// Update changes what a tutor says of a course.
func (a Authoring) Update(ctx context.Context, v Viewer, id, etag string, change func(*Content)) (Course, error) {
	return denyUnknown(a.Courses.Change(ctx, id, func(c *Course) error {
		if err := c.mayEdit(v); err != nil {
			return err
		}
		if err := matchEtag(etag, c.Etag()); err != nil {
			return err
		}
		content := c.Content
		change(&content)
		content, err := content.normalised()
		if err != nil {
			return err
		}
		c.Content = content
		if c.State == Published {
			if err := c.complete(); err != nil {
				return err
			}
		}
		c.touch()
		return nil
	}))
}

// AddItem adds an item. A repetition with the same key answers the item as it is now.
func (a Authoring) AddItem(ctx context.Context, key idempotency.Key, v Viewer, courseID string, change ItemChange) (Item, error) {
	id := key.NewID(v.Country)
	id, err := a.Items.CreateItem(ctx, key, courseID, id, func(c *Course, items []Item) ([]Item, error) {
		if err := c.mayEdit(v); err != nil {
			return nil, err
		}
		items, err := addItem(items, id, change)
		return items, c.follow(items, err)
	})
	return a.item(ctx, courseID, id, err)
}

// UpdateItem changes an item.
func (a Authoring) UpdateItem(ctx context.Context, v Viewer, courseID, id, etag string, change ItemChange) (Item, error) {
	err := a.Items.EditItems(ctx, courseID, func(c *Course, items []Item) ([]Item, error) {
		if err := c.mayEdit(v); err != nil {
			return nil, err
		}
		items, err := changeItem(items, id, etag, change)
		return items, c.follow(items, err)
	})
	return a.item(ctx, courseID, id, err)
}

// DeleteItem deletes an item.
func (a Authoring) DeleteItem(ctx context.Context, v Viewer, courseID, id, etag string) error {
	_, err := denyUnknown(struct{}{}, a.Items.EditItems(ctx, courseID, func(c *Course, items []Item) ([]Item, error) {
		if err := c.mayEdit(v); err != nil {
			return nil, err
		}
		items, err := removeItem(items, id, etag)
		if err == nil && c.State == Published && countPublished(items) == 0 {
			err = fault.New(fault.FailedPrecondition, ReasonIncomplete, "a published course keeps an item").With("missing", "items")
		}
		return items, c.follow(items, err)
	}))
	return err
}

// follow brings the course in line with its items, unless they could not be changed.
func (c *Course) follow(items []Item, err error) error {
	if err != nil {
		return err
	}
	c.ItemCount, c.PublishedItemCount = len(items), countPublished(items)
	c.touch()
	return nil
}

func (a Authoring) item(ctx context.Context, courseID, id string, err error) (Item, error) {
	if err != nil {
		_, err = denyUnknown(Item{}, err)
		return Item{}, err
	}
	return a.Items.Item(ctx, courseID, id)
}

// denyUnknown makes a course that is not there look like another's.
func denyUnknown[T any](value T, err error) (T, error) {
	if fault.ReasonOf(err) == ReasonNotAvailable {
		var none T
		return none, Denied()
	}
	return value, err
}
