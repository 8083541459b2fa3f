package user

import (
	"context"
	"strings"

	"github.com/kwipper/kwipper/shared/fault"
	"github.com/kwipper/kwipper/shared/message"
)

// Commands are the steps of sagas that the User service serves.
type Commands struct {
	Store       Store
	Enrollments Enrollments
}

// Handle serves one command.
func (c Commands) Handle(ctx context.Context, cmd message.Command) (message.Reply, error) {
	switch cmd.Name {
	case message.GetUserInfoCommand:
		return c.info(ctx, cmd)
	case message.UpdateUserInfoCommand, message.RevertUserInfoCommand:
		e, err := enrollment(cmd)
		if err != nil {
			return message.Reply{}, err
		}
		if cmd.Name == message.UpdateUserInfoCommand {
			return c.Enrollments.Add(ctx, cmd, e)
		}
		return c.Enrollments.Remove(ctx, cmd, e)
	default:
		return message.Reply{}, fault.New(fault.InvalidArgument, "UNKNOWN_COMMAND", "the user service has no command %q", cmd.Name)
	}
}

func enrollment(cmd message.Command) (message.Enrollment, error) {
	var e message.Enrollment
	if err := cmd.Decode(&e); err != nil {
		return e, fault.New(fault.InvalidArgument, "INVALID_ARGUMENT", "%w", err)
	}
	if e.SubscriptionID == "" || e.UserID == "" || e.CourseID == "" {
		return e, fault.New(fault.InvalidArgument, "INVALID_ARGUMENT", "subscriptionId, userId or courseId is missing")
	}
	return e, nil
}

// info answers how a learner is billed. It only reads, so it needs no barrier.
func (c Commands) info(ctx context.Context, cmd message.Command) (message.Reply, error) {
	var ask message.GetUserInfo
	if err := cmd.Decode(&ask); err != nil {
		return message.Reply{}, fault.New(fault.InvalidArgument, "INVALID_ARGUMENT", "%w", err)
	}
	u, err := c.Store.Get(ctx, ask.UserID)
	if fault.Is(err, fault.NotFound) {
		return message.Reply{}, fault.New(fault.NotFound, ReasonNotRegistered, "there is no user %s", ask.UserID)
	}
	if err != nil {
		return message.Reply{}, err
	}
	return cmd.Reply(message.UserInfo{
		UserID: u.ID, Country: strings.ToLower(u.RegionCode), Language: u.LanguageCode, TimeZone: u.TimeZone,
	})
}
