package content

import (
	"context"
	"slices"
	"time"

	"github.com/kwipper/kwipper/shared/api"
	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/fault"
)

// ItemProgress is how far a learner is in an item.
type ItemProgress struct {
	UserID          string
	CourseID        string
	ItemID          string
	Country         string
	Done            bool
	PositionSeconds int
	UpdateTime      time.Time
}

// ProgressStore keeps the progress of learners.
type ProgressStore interface {
	AccessUntil(ctx context.Context, userID, courseID string) (time.Time, error)
	Contents(ctx context.Context, courseID, itemID string) ([]Content, error)
	// CourseProgress lists the progress in the items of a course, in order of their ids.
	CourseProgress(ctx context.Context, userID, courseID string) ([]ItemProgress, error)
	// StartedCourses lists up to limit courses in which a learner has progress, in order of
	// their ids and after the given one, with the progress in them.
	StartedCourses(ctx context.Context, userID, afterCourseID string, limit int) ([][]ItemProgress, error)
	// ChangeProgress applies change to the progress in an item, which may be empty so far.
	ChangeProgress(ctx context.Context, p ItemProgress, change func(*ItemProgress)) (ItemProgress, error)
}

// Desk keeps how far learners are.
type Desk struct {
	Store ProgressStore
	Clock clock.Clock
}

// Update records how far a learner is in an item. Only who has the course can go on in it,
// and only in items that are published, which have media. done and position, when nil, stay as they are.
func (d *Desk) Update(ctx context.Context, userID, country, courseID, itemID string, done *bool, position *int32) (ItemProgress, error) {
	until, err := d.Store.AccessUntil(ctx, userID, courseID)
	if err != nil {
		return ItemProgress{}, err
	}
	if !until.After(d.Clock.Now()) {
		return ItemProgress{}, subscriptionRequired(courseID)
	}
	media, err := d.Store.Contents(ctx, courseID, itemID)
	if err != nil {
		return ItemProgress{}, err
	}
	if !slices.ContainsFunc(media, func(c Content) bool { return c.Published }) {
		return ItemProgress{}, fault.New(fault.NotFound, "NOT_FOUND", "course %s has no item %s that is published", courseID, itemID)
	}
	empty := ItemProgress{UserID: userID, CourseID: courseID, ItemID: itemID, Country: country}
	return d.Store.ChangeProgress(ctx, empty, func(p *ItemProgress) {
		if done != nil {
			p.Done = *done
		}
		if position != nil {
			p.PositionSeconds = int(*position)
		}
		p.UpdateTime = d.Clock.Now()
	})
}

// Get returns a learner's progress in a course; there may be none.
func (d *Desk) Get(ctx context.Context, userID, courseID string) (api.Progress, error) {
	items, err := d.Store.CourseProgress(ctx, userID, courseID)
	if err != nil {
		return api.Progress{}, err
	}
	return progressResource(userID, courseID, items), nil
}

// List returns the progress in up to limit courses after the given one, and whether there
// are more.
func (d *Desk) List(ctx context.Context, userID, afterCourseID string, limit int) (page []api.Progress, more bool, err error) {
	courses, err := d.Store.StartedCourses(ctx, userID, afterCourseID, limit+1)
	if err != nil {
		return nil, false, err
	}
	if more = len(courses) > limit; more {
		courses = courses[:limit]
	}
	page = []api.Progress{}
	for _, items := range courses {
		page = append(page, progressResource(userID, items[0].CourseID, items))
	}
	return page, more, nil
}

// Resource returns the progress in an item as the API shows it.
func (p ItemProgress) Resource() api.ItemProgress {
	return api.ItemProgress{
		Name: "users/" + p.UserID + "/progress/" + p.CourseID + "/items/" + p.ItemID, Done: p.Done,
		PositionSeconds: int32(p.PositionSeconds), UpdateTime: p.UpdateTime, //nolint:gosec // at most a day
	}
}

func progressResource(userID, courseID string, items []ItemProgress) api.Progress {
	r := api.Progress{Name: "users/" + userID + "/progress/" + courseID, Course: "courses/" + courseID, Items: []api.ItemProgress{}}
	for _, p := range items {
		r.Items = append(r.Items, p.Resource())
		if p.Done {
			r.DoneCount++
		}
		if p.UpdateTime.After(r.UpdateTime) {
			r.UpdateTime = p.UpdateTime
		}
	}
	return r
}
