package course

import (
	"context"
	"time"

	"github.com/kwipper/kwipper/shared/idempotency"
	"github.com/kwipper/kwipper/shared/message"
	"github.com/kwipper/kwipper/shared/platform/pagetoken"
)

// Page is what to read of a list: what follows After, as of ReadTime. A zero ReadTime is
// Staleness ago, which the reader answers with.
type Page struct {
	After     string
	Limit     int
	ReadTime  time.Time
	Staleness time.Duration
}

// Courses keeps courses. Unknown ones are NotFound with ReasonNotAvailable.
type Courses interface {
	Create(ctx context.Context, key idempotency.Key, c Course) (id string, err error)
	// Get returns a course as it was staleness ago.
	Get(ctx context.Context, id string, staleness time.Duration) (Course, error)
	// CountSubscribers returns how many subscriptions give access to a course.
	CountSubscribers(ctx context.Context, id string) (int64, error)
	// Change applies change to a course in one transaction and returns it as it is after that.
	Change(ctx context.Context, id string, change func(*Course) error) (Course, error)
	// ListByFacet lists published courses under a facet, ListByTutor all courses of a
	// tutor; both by id.
	ListByFacet(ctx context.Context, facet string, p Page) (found []Course, readTime time.Time, err error)
	ListByTutor(ctx context.Context, tutorID string, p Page) (found []Course, readTime time.Time, err error)
}

// EditItems returns the items of a course as they shall be, given the course and its items
// without text, in order. It may change the course too. What has no text keeps its text.
type EditItems func(c *Course, items []Item) ([]Item, error)

// Items keeps the items of courses.
type Items interface {
	// Outline returns the items of a course in order, without text.
	Outline(ctx context.Context, courseID string, p Page) (items []Item, readTime time.Time, err error)
	// Item returns one item with its text.
	Item(ctx context.Context, courseID, itemID string) (Item, error)
	// EditItems applies edit in one transaction; CreateItem does so once for a key and
	// answers with id to each repetition.
	EditItems(ctx context.Context, courseID string, edit EditItems) error
	CreateItem(ctx context.Context, key idempotency.Key, courseID, id string, edit EditItems) (itemID string, err error)
}

// Enrollment is what a subscription gives a learner in a course.
type Enrollment struct {
	CourseID       string
	UserID         string
	SubscriptionID string
	Country        string
	DisplayName    string
	SubscribeTime  time.Time // business time
	AccessUntil    time.Time // business time
}

// Enrollments keeps who is enrolled.
type Enrollments interface {
	// AccessUntil returns until when a user has access to a course, zero for never.
	AccessUntil(ctx context.Context, courseID, userID string) (time.Time, error)
	// ListEnrollments lists a course's enrollments. What Page.After holds is opaque: the
	// reader answers it for the next page.
	ListEnrollments(ctx context.Context, courseID string, p Page) (found []Enrollment, next string, readTime time.Time, err error)
}

// Steps stores the effects of sagas' commands, once each.
type Steps interface {
	// Enroll starts or extends an enrollment; Unenroll ends the one of that subscription.
	Enroll(ctx context.Context, cmd message.Command, e Enrollment) (message.Reply, error)
	Unenroll(ctx context.Context, cmd message.Command, e Enrollment) (message.Reply, error)
	// EditOnce applies edit for a command; the reply has the body that it answers.
	EditOnce(ctx context.Context, cmd message.Command, courseID string, edit func(c *Course, items []Item) ([]Item, any, error)) (message.Reply, error)
}

// Tokens makes and reads page tokens.
type Tokens interface {
	Encode(token pagetoken.Token, filter any) (string, error)
	Decode(text string, filter any) (pagetoken.Token, error)
}
