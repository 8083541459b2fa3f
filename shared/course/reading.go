package course

import (
	"context"
	"strconv"
	"time"

	"github.com/kwipper/kwipper/shared/clock"
	"github.com/kwipper/kwipper/shared/fault"
)

// Reading is what viewers see of the items of a course.
type Reading struct {
	Courses     Courses
	Items       Items
	Enrollments Enrollments
	Tokens      Tokens
	Clock       clock.Clock
	Staleness   time.Duration
}

// Outline is a page of items without text.
type Outline struct {
	Items         []Item
	NextPageToken string
}

// List lists the items of a course in order: all for its tutor, the published ones for others.
func (r Reading) List(ctx context.Context, v Viewer, courseID string, size int, token string) (Outline, error) {
	course, err := visible(ctx, r.Courses, v, courseID, r.Staleness)
	if err != nil {
		return Outline{}, err
	}
	owner := course.OwnedBy(v)
	filter := struct {
		Course string
		Owner  bool
	}{courseID, owner}
	page, err := pageOf(r.Tokens, token, filter, size, 0)
	if err != nil {
		return Outline{}, err
	}
	after, _ := strconv.Atoi(page.After) // our own token, or empty: from the beginning
	items, readTime, err := r.Items.Outline(ctx, courseID, page)
	if err != nil {
		return Outline{}, err
	}
	shown := Outline{Items: []Item{}}
	for _, item := range items {
		if item.Position <= after || !item.Published && !owner {
			continue
		}
		if len(shown.Items) == page.Limit {
			last := shown.Items[len(shown.Items)-1].Position
			shown.NextPageToken, err = next(r.Tokens, strconv.Itoa(last), readTime, filter)
			return shown, err
		}
		shown.Items = append(shown.Items, item)
	}
	return shown, nil
}

// Get returns an item. The text is for the course's tutor and for learners with access.
func (r Reading) Get(ctx context.Context, v Viewer, courseID, itemID string, full bool) (Item, error) {
	course, err := visible(ctx, r.Courses, v, courseID, r.Staleness)
	if err != nil {
		return Item{}, err
	}
	owner := course.OwnedBy(v)
	if full && !owner {
		if err := r.checkAccess(ctx, v, courseID); err != nil {
			return Item{}, err
		}
	}
	item, err := r.Items.Item(ctx, courseID, itemID)
	if err != nil {
		return Item{}, err
	}
	if !item.Published && !owner {
		return Item{}, ItemNotFound(itemID)
	}
	if !full {
		item.Text = ""
	}
	return item, nil
}

// checkAccess refuses whoever has no subscription that gives access now.
func (r Reading) checkAccess(ctx context.Context, v Viewer, courseID string) error {
	refusal := fault.New(fault.PermissionDenied, ReasonSubscriptionRequired, "a subscription to the course is needed")
	if v.UserID == "" {
		return refusal
	}
	until, err := r.Enrollments.AccessUntil(ctx, courseID, v.UserID)
	if err != nil {
		return err
	}
	if !r.Clock.Now().Before(until) {
		return refusal
	}
	return nil
}
