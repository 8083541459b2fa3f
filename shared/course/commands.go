package course

import (
	"context"
	"slices"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
)

// Commands are the steps of sagas that the Course service serves.
type Commands struct {
	Courses Courses
	Steps   Steps
}

// Handle serves one command.
func (s Commands) Handle(ctx context.Context, cmd message.Command) (message.Reply, error) {
	switch cmd.Name {
	case message.GetCourseInfoCommand:
		return s.info(ctx, cmd)
	case message.UpdateCourseInfoCommand, message.RevertCourseInfoCommand:
		return s.enroll(ctx, cmd)
	case message.BeginPublishCommand, message.AbandonPublishCommand, message.CompletePublishCommand:
		return s.publish(ctx, cmd)
	default:
		return message.Reply{}, fault.New(fault.InvalidArgument, "UNKNOWN_COMMAND", "the course service has no command %q", cmd.Name)
	}
}

func malformed(err error) error {
	return fault.New(fault.InvalidArgument, "MALFORMED_COMMAND", "%w", err)
}

// info answers a course as it is sold in a country, at the price that the learner was
// shown. It only reads, so it needs no barrier.
func (s Commands) info(ctx context.Context, cmd message.Command) (message.Reply, error) {
	var ask message.GetCourseInfo
	if err := cmd.Decode(&ask); err != nil {
		return message.Reply{}, malformed(err)
	}
	c, err := s.Courses.Get(ctx, ask.CourseID, 0)
	if err != nil {
		return message.Reply{}, err
	}
	price, sold := c.Prices.For(ask.Country)
	if c.State != Published || !sold {
		return message.Reply{}, NotAvailable(c.ID)
	}
	if price != ask.PriceShown {
		return message.Reply{}, fault.New(fault.FailedPrecondition, ReasonPriceChanged, "the course costs %s", price).
			With("amount", price.Decimal()).With("currencyCode", string(price.Currency))
	}
	title, _ := c.Titles.Pick(ask.Language, c.LanguageCode)
	return cmd.Reply(message.CourseInfo{CourseID: c.ID, TutorID: c.TutorID, Title: title, Price: price})
}

func (s Commands) enroll(ctx context.Context, cmd message.Command) (message.Reply, error) {
	var e message.Enrollment
	if err := cmd.Decode(&e); err != nil {
		return message.Reply{}, malformed(err)
	}
	if e.SubscriptionID == "" || e.UserID == "" || e.CourseID == "" {
		return message.Reply{}, fault.New(fault.InvalidArgument, "MALFORMED_COMMAND", "subscriptionId, userId or courseId is missing")
	}
	enrollment := Enrollment{
		CourseID: e.CourseID, UserID: e.UserID, SubscriptionID: e.SubscriptionID, Country: e.Country,
		DisplayName: shownName(e.DisplayName), SubscribeTime: cmd.StartTime, AccessUntil: e.AccessUntil,
	}
	if cmd.Name == message.UpdateCourseInfoCommand {
		return s.Steps.Enroll(ctx, cmd, enrollment)
	}
	return s.Steps.Unenroll(ctx, cmd, enrollment)
}

func (s Commands) publish(ctx context.Context, cmd message.Command) (message.Reply, error) {
	var p message.Publication
	if err := cmd.Decode(&p); err != nil {
		return message.Reply{}, malformed(err)
	}
	return s.Steps.EditOnce(ctx, cmd, p.CourseID, func(c *Course, items []Item) ([]Item, any, error) {
		switch cmd.Name {
		case message.BeginPublishCommand:
			outline, err := c.begin(cmd.Saga, items)
			return items, outline, err
		case message.AbandonPublishCommand:
			c.letGo(cmd.Saga)
			return items, nil, nil
		default:
			return c.finish(cmd, items), nil, nil
		}
	})
}

// finish publishes the course with all its items and lets go of it.
func (c *Course) finish(cmd message.Command, items []Item) []Item {
	if !c.letGo(cmd.Saga) {
		return items
	}
	items = slices.Clone(items)
	for i := range items {
		items[i].Published = true
	}
	c.State, c.PublishTime = Published, cmd.StartTime
	c.PublishedItemCount = len(items)
	c.touch()
	return items
}
